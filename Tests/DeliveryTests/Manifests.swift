import Foundation

/// What kustomize makes of a folder under `k8s/`.
struct Manifests: Sendable {
  /// As it would be applied.
  let text: String
  let resources: [Node]

  /// The remedy of every missing tool.
  struct ToolMissing: Error, CustomStringConvertible {
    let tool: String
    let said: String
    var description: String { "\(tool) does not work: run script/setup. \(said)" }
  }

  private static let base = Task { try await render("k8s/base") }
  private static let example = Task { try await render("k8s/overlays/example") }

  static var ofBase: Manifests { get async throws { try await base.value } }
  static var ofExample: Manifests { get async throws { try await example.value } }

  private static func render(_ folder: String) async throws -> Manifests {
    let rendered = try await Command.run(
      "kubectl", ["kustomize", "--load-restrictor", "LoadRestrictionsNone", folder])
    guard rendered.status == 0 else {
      throw ToolMissing(tool: "kubectl kustomize \(folder)", said: rendered.errors)
    }
    let program =
      "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"
    let parsed = try await inEnvironment("python", ["-c", program], input: rendered.output)
    guard parsed.status == 0 else { throw ToolMissing(tool: "python", said: parsed.errors) }
    return Manifests(
      text: rendered.output,
      resources: try JSONDecoder().decode([Node].self, from: Data(parsed.output.utf8)))
  }

  /// Runs a program of the Python environment that `script/setup` makes.
  static func inEnvironment(_ name: String, _ arguments: [String], input: String) async throws
    -> Command
  {
    let program = ".build/k8s-venv/bin/\(name)"
    guard Repository.exists(program) else { throw ToolMissing(tool: program, said: "") }
    return try await Command.run(
      Repository.root.appending(path: program).path, arguments, input: input)
  }

  /// The only resource of a kind, or nothing.
  func only(_ kind: String) -> Node {
    let found = resources.filter { $0["kind"].string == kind }
    return found.count == 1 ? found[0] : .null
  }

  var job: Node { only("CronJob")["spec"]["jobTemplate"]["spec"] }
  var pod: Node { job["template"]["spec"] }
  var container: Node { pod["containers"][0] }

  /// The data of the generated ConfigMap that a resource calls by this name.
  func configMap(_ name: Node) -> [String: Node] {
    resources.first { $0["kind"] == "ConfigMap" && $0["metadata"]["name"] == name }?["data"].object
      ?? [:]
  }

  var environment: [String: String] {
    container["envFrom"].list.reduce(into: [:]) { all, source in
      all.merge(configMap(source["configMapRef"]["name"]).compactMapValues(\.string)) { $1 }
    }
  }

  /// The volume and the folder of each mount, by the volume's name.
  func mount(_ name: String) -> (folder: String?, mount: Node, volume: Node) {
    let mount = container["volumeMounts"].list.first { $0["name"].string == name } ?? .null
    let volume = pod["volumes"].list.first { $0["name"].string == name } ?? .null
    return (mount["mountPath"].string, mount, volume)
  }

  /// Text by path of all files that the container sees from ConfigMaps.
  var mountedFiles: [String: String] {
    var files: [String: String] = [:]
    for volume in pod["volumes"].list {
      guard let name = volume["name"].string, let folder = mount(name).folder else { continue }
      let data = configMap(volume["configMap"]["name"])
      for item in volume["configMap"]["items"].list {
        guard let key = item["key"].string, let path = item["path"].string else { continue }
        files["\(folder)/\(path)"] = data[key]?.string
      }
    }
    return files
  }
}
