import Foundation
import Testing

@Suite("Dockerfile")
struct DockerfileTests {
  let file: Dockerfile
  let runtime: Dockerfile.Stage

  init() throws {
    file = try Dockerfile()
    runtime = try #require(file.stages.last)
  }

  @Test("copies what exists and .dockerignore lets through")
  func copies() throws {
    let top = try FileManager.default.contentsOfDirectory(atPath: Repository.root.path)
    let ignore = try Repository.lines(".dockerignore").filter { !$0.hasPrefix("#") }
    #expect(ignore.first == "*")
    let admitted = ignore.dropFirst()
    #expect(admitted.allSatisfy { $0.hasPrefix("!") && !$0.contains("/") })
    #expect(file.copied.count == 8)
    for source in file.copied {
      if let wildcard = source.firstIndex(of: "*") {
        #expect(top.contains { $0.hasPrefix(source[..<wildcard]) }, "\(source)")
      } else {
        #expect(Repository.exists(source), "\(source)")
      }
      let first = source.split(separator: "/").first.map(String.init) ?? source
      #expect(admitted.contains("!\(first)"), "\(source) is left out by .dockerignore")
    }
    #expect(admitted.count == Set(file.copied.compactMap { $0.split(separator: "/").first }).count)
  }

  @Test("copies every folder that the manifest names")
  func manifestFolders() throws {
    let manifest = try Repository.text("Package.swift")
    let named = manifest.matches(of: /path: "([^"\/]+)/).map { String($0.output.1) }
    #expect(named.contains("Benchmarks"))
    let copied = Set(file.copied.map { $0.split(separator: "/").first.map(String.init) ?? $0 })
    #expect(copied.isSuperset(of: named + ["Sources", "Tests"]))
  }

  @Test("builds with the packages that script/setup installs")
  func buildPackages() throws {
    let build = try #require(file.stages.first)
    let list = "script/debian-packages.txt"
    #expect(build.all("COPY").contains { $0.hasPrefix("\(list) ") })
    #expect(build.all("RUN").contains { $0.contains("xargs -a \(list) apt-get install") })
    #expect(try Repository.text("script/setup").contains(list))
    // xargs takes every word for a package.
    #expect(try Repository.lines(list).allSatisfy { $0.contains(/^[a-z0-9][a-z0-9.+-]+$/) })
  }

  @Test("runs as nobody in particular, fetches nothing by URL, keeps no secret")
  func safety() {
    let user = runtime.only("USER")
    #expect(user?.contains(/^[1-9][0-9]*:[1-9][0-9]*$/) == true, "Kubernetes checks a number")
    for (name, arguments) in file.instructions {
      #expect(name != "ADD", "\(arguments)")
      if name == "ENV" || name == "ARG" {
        #expect(!arguments.contains(/(?i)token|password|secret|credential|key/), "\(arguments)")
      }
      #expect(!arguments.contains(/\b(curl|wget)\s/), "\(arguments)")
    }
    #expect(file.stages.allSatisfy { $0.only("FROM")?.contains(/:[^ ]*[0-9]/) == true })
  }

  static let packageLists =
    Command.exists("apt-cache") && Command.exists("dpkg-query")
    && FileManager.default.subpaths(atPath: "/var/lib/apt/lists")?
      .contains { $0.contains("_Packages") } == true
  static let binary = ["release", "debug"].map { ".build/\($0)/crosswalk" }
    .first(where: Repository.exists)

  @Test(
    "names packages that Debian has",
    .enabled(if: packageLists, "no apt with package lists on this machine"))
  func packagesExist() async throws {
    let named =
      try runtime.packages + Repository.lines("script/debian-packages.txt")
      + Repository.lines("script/debian-packages-test.txt")
    #expect(runtime.packages.count >= 5)
    let found = try await Command.run("apt-cache", ["show", "--no-all-versions"] + named)
    #expect(found.status == 0, "\(found.errors)")
    let known = found.output.split(separator: "\n").filter { $0.hasPrefix("Package: ") }
    #expect(Set(known.map { String($0.dropFirst(9)) }).isSuperset(of: named))
  }

  @Test(
    "installs every library that the program loads",
    .enabled(if: packageLists, "no apt with package lists on this machine"),
    .enabled(if: binary != nil, "no crosswalk in .build: nothing to look at"))
  func libraries() async throws {
    let binary = try #require(Self.binary)
    let closure = try await Command.run(
      "apt-cache",
      ["depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts"]
        + ["--no-breaks", "--no-replaces", "--no-enhances"] + runtime.packages)
    #expect(closure.status == 0, "\(closure.errors)")
    let installed = Set(
      closure.output.split(separator: "\n").filter { !$0.hasPrefix(" ") }.map(String.init))
    let loaded = try await Command.run("ldd", [binary])
    #expect(loaded.status == 0, "\(loaded.errors)")
    let libraries = loaded.output.matches(of: /=> (\/\S+)/).map { String($0.1) }
      // The compiler's own are linked statically into the image's program.
      .filter { !$0.contains("/lib/swift/") }
    #expect(!libraries.isEmpty)
    for library in libraries {
      let owner = try await owner(of: library)
      #expect(owner.map(installed.contains) == true, "\(library) of \(owner ?? "no package")")
    }
  }

  /// The Debian package of a file; dpkg may know it with or without `/usr`.
  private func owner(of library: String) async throws -> String? {
    let real = URL(filePath: library).resolvingSymlinksInPath().path
    for name in [real, real.hasPrefix("/usr") ? String(real.dropFirst(4)) : "/usr\(real)"] {
      let found = try await Command.run("dpkg-query", ["-S", name])
      if found.status == 0 { return found.output.split(separator: ":").first.map(String.init) }
    }
    return nil
  }
}
