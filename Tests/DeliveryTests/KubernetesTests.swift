import Foundation
import Testing

@Suite("Kubernetes manifests")
struct KubernetesTests {
  @Test("fit the schema of their kinds", arguments: ["base", "example"])
  func fitTheirSchemas(name: String) async throws {
    let manifests = try await name == "base" ? Manifests.ofBase : Manifests.ofExample
    let judged = try await Manifests.inEnvironment(
      "kubernetes-validate", ["--strict", "--quiet", "-k", "1.34", "-"], input: manifests.text)
    #expect(judged.status == 0, "\(judged.output)\(judged.errors)")
    // Unknown kinds would pass unread, and an empty output too.
    #expect(manifests.resources.count >= 7)
  }

  @Test("ask for what the pod security standard `restricted` demands, and a read-only root")
  func restricted() async throws {
    let manifests = try await Manifests.ofExample
    let (pod, container) = (manifests.pod, manifests.container)
    #expect(pod["containers"].list.count == 1)
    #expect(pod["initContainers"] == .null)
    #expect(pod["securityContext"]["runAsNonRoot"] == true)
    #expect(pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault")
    #expect(container["securityContext"]["allowPrivilegeEscalation"] == false)
    #expect(container["securityContext"]["readOnlyRootFilesystem"] == true)
    #expect(container["securityContext"]["capabilities"] == .object(["drop": .list(["ALL"])]))
    for sharing in ["hostNetwork", "hostPID", "hostIPC"] { #expect(pod[sharing] == .null) }
    let kinds = Set(pod["volumes"].list.flatMap { $0.object.keys }).subtracting(["name"])
    #expect(kinds == ["configMap", "emptyDir", "persistentVolumeClaim", "secret"])
    #expect(
      manifests.only("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        == "restricted")
  }

  @Test("give no way into Kubernetes itself")
  func noToken() async throws {
    let manifests = try await Manifests.ofExample
    let account = manifests.only("ServiceAccount")
    #expect(account["automountServiceAccountToken"] == false)
    #expect(manifests.pod["automountServiceAccountToken"] == false)
    #expect(manifests.pod["serviceAccountName"] == account["metadata"]["name"])
    #expect(!manifests.resources.contains { $0["kind"].string?.hasSuffix("Binding") == true })
  }

  @Test("run every 15 minutes in the installation's own time, one at a time, once each")
  func schedule() async throws {
    let manifests = try await Manifests.ofExample
    let schedule = manifests.only("CronJob")["spec"]
    #expect(schedule["schedule"] == "*/15 * * * *")
    #expect(schedule["timeZone"] == "America/Chicago")
    #expect(schedule["concurrencyPolicy"] == "Forbid")
    #expect(manifests.pod["restartPolicy"] == "Never")
    #expect(manifests.container["args"] == .list(["run", "--format", "json"]))
    guard case .number(let late) = schedule["startingDeadlineSeconds"],
      case .number(let longest) = manifests.job["activeDeadlineSeconds"]
    else {
      Issue.record("a run needs an end, and a start that is not too late")
      return
    }
    #expect(late < 15 * 60)
    // 5,000 users at 60 calls in 61 s; an ended run is continued, but nobody should wait for that.
    #expect(longest > 5_000 / 60 * 61)
  }

  @Test("bring every value that the mappings demand, and none that nobody reads")
  func environment() async throws {
    let placeholders = try Placeholders()
    let given = Set(try await Manifests.ofExample.environment.keys)
    #expect(!placeholders.required.isEmpty)
    #expect(placeholders.required.subtracting(given) == [], "add to the overlay")
    #expect(
      given.subtracting(placeholders.required).subtracting(placeholders.optional) == [],
      "no mapping reads these")
  }

  @Test("refer to secrets and hold none")
  func secrets() async throws {
    let placeholders = try Placeholders()
    let manifests = try await Manifests.ofExample
    let (folder, mount, volume) = manifests.mount("secrets")
    let items = volume["secret"]["items"].list
    #expect(Set(items.compactMap { $0["key"].string }) == placeholders.secrets)
    #expect(items.allSatisfy { $0["key"] == $0["path"] })
    #expect(volume["secret"]["defaultMode"] == 0o440)
    #expect(mount["readOnly"] == true)
    #expect(manifests.environment["CROSSWALK_SECRETS"] == folder)

    #expect(!manifests.resources.contains { $0["kind"] == "Secret" })
    #expect(manifests.container["env"] == .null)
    #expect(placeholders.secrets.isDisjoint(with: manifests.environment.keys))
    let secretive = /(?i)token|password|secret$|credential|private/
    #expect(manifests.environment.keys.filter { $0.contains(secretive) } == [])

    let words = try Repository.text("k8s/overlays/example/README.md")
    for secret in placeholders.secrets {
      #expect(words.contains("--from-file=\(secret)=<file>"), "the README does not ask for it")
    }
  }

  @Test("mount every file of the project where its neighbours look for it")
  func files() async throws {
    let mounted = try await Manifests.ofExample.mountedFiles
    var expected: [String: String] = [:]
    for path in try Repository.files(below: "mappings") {
      expected["mappings/\(path)"] = try Repository.text("mappings/\(path)")
    }
    // The schemas of our own file kinds serve editors only.
    for path in try Repository.files(below: "schemas") where !path.hasPrefix("crosswalk/") {
      expected["schemas/\(path)"] = try Repository.text("schemas/\(path)")
    }
    for (path, text) in expected {
      let parts = path.split(separator: "/").dropFirst()
      let key = parts.joined(separator: ".")
      #expect(
        mounted["/etc/crosswalk/\(path)"] == text,
        """
        not mounted. In k8s/base/kustomization.yaml add
              - \(key)=../../\(path)
        and in k8s/base/cron-job.yaml
                          - { key: \(key), path: \(parts.joined(separator: "/")) }
        """)
    }
    #expect(mounted.count == expected.count)
  }

  @Test("mount the schemas at the paths that the targets name")
  func schemaReferences() async throws {
    let mounted = try await Manifests.ofExample.mountedFiles
    var references = 0
    for (path, text) in mounted where path.contains("/mappings/targets/") {
      let folder = URL(filePath: path).deletingLastPathComponent()
      // The first line's comment is for editors.
      let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      for match in lines.joined(separator: "\n").matches(of: /\.\.\/[^\s,}]+\.json/) {
        references += 1
        let schema = folder.appending(path: String(match.0)).standardizedFileURL.path
        #expect(mounted[schema] != nil, "\(path) names \(match.0)")
      }
    }
    #expect(references > 0)
  }

  @Test("keep the ledger on a disk of its own that the process may write")
  func ledger() async throws {
    let manifests = try await Manifests.ofExample
    let (folder, mount, volume) = manifests.mount("ledger")
    let claim = manifests.only("PersistentVolumeClaim")
    #expect(volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"])
    #expect(claim["spec"]["accessModes"] == .list(["ReadWriteOnce"]))
    #expect(mount["readOnly"] != true)
    #expect(manifests.pod["securityContext"]["fsGroup"] == 65532)
    let file = try #require(manifests.environment["CROSSWALK_LEDGER"])
    #expect(file.hasPrefix("\(try #require(folder))/"))
    #expect(manifests.mount("tmp").volume["emptyDir"] != .null)
    #expect(manifests.mount("tmp").folder == "/tmp")
  }

  @Test("let out names, the source's port and HTTPS to the outside, and nothing in")
  func network() async throws {
    let manifests = try await Manifests.ofExample
    let policy = manifests.only("NetworkPolicy")["spec"]
    #expect(policy["policyTypes"] == .list(["Ingress", "Egress"]))
    #expect(policy["ingress"] == .null)
    let labels = manifests.job["template"]["metadata"]["labels"].object
    let selected = policy["podSelector"]["matchLabels"].object
    #expect(!selected.isEmpty && selected.allSatisfy { labels[$0.key] == $0.value })

    let rules = policy["egress"].list
    #expect(rules.allSatisfy { !$0["to"].list.isEmpty && !$0["ports"].list.isEmpty })
    func rule(_ transport: Node, _ port: Node) -> Node {
      let found = rules.filter { rule in
        rule["ports"].list.contains { $0["protocol"] == transport && $0["port"] == port }
      }
      return found.count == 1 ? found[0] : .null
    }
    #expect(rules.flatMap { $0["ports"].list }.count == 4)
    #expect(rule("UDP", 53) != .null && rule("TCP", 53) != .null)
    let source = try #require(manifests.environment["VIEWPOINT_PORT"].flatMap(Int.init))
    #expect(rule("TCP", .number(Double(source))) != .null)
    let outside = rule("TCP", 443)["to"]
    #expect(outside.list.count == 1)
    #expect(outside[0]["ipBlock"]["except"].list.contains("169.254.0.0/16"))
  }

  @Test("agree with the image on user, folder and ledger")
  func agreesWithImage() async throws {
    let manifests = try await Manifests.ofExample
    let image = try Dockerfile().stages.last
    let context = manifests.pod["securityContext"]
    guard case .number(let user) = context["runAsUser"],
      case .number(let group) = context["runAsGroup"]
    else {
      Issue.record("the pod names neither its user nor its group")
      return
    }
    #expect(image?.only("USER") == "\(Int(user)):\(Int(group))")
    #expect(image?.only("WORKDIR") == manifests.container["workingDir"].string)
    let ledger = try #require(manifests.environment["CROSSWALK_LEDGER"])
    #expect(image?.only("ENV") == "CROSSWALK_LEDGER=\(ledger)")
    #expect(image?.only("VOLUME") == manifests.mount("ledger").folder)
    #expect(image?.only("ENTRYPOINT") == #"["crosswalk"]"#)
    // A tag that moves would change what runs without a change here.
    let name = try #require(manifests.container["image"].string)
    #expect(name.contains(/:[0-9]+\.[0-9]+\.[0-9]+$/))
  }
}
