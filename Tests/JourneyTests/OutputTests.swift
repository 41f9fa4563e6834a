import Foundation
import Testing

/// An output that cannot be written is not a success, whatever the command has done.
@Suite(.timeLimit(.minutes(15))) struct OutputTests {
  private func run(
    _ arguments: [String], behind shell: String, in store: Storehouse
  ) async throws -> Crosswalk {
    try await RunningCrosswalk.start(
      arguments, in: store.folder, environment: store.environment, behind: shell
    ).end()
  }

  @Test("A full disk under standard output, or none at all")
  func full() async throws {
    try await Storehouse.open { store in
      for arguments in [
        ["lint"], ["lint", "--format", "json"], ["lint", "--explain", "E101"], ["test"], ["plan"],
        ["plan", "--format", "json"], ["plan", "--format", "html"],
        ["plan", "--detailed-exitcode"],
        ["check"], ["run"], ["run", "--format", "json"], ["runs"], ["failures"],
        ["history", "boxes", "A1"], ["explain", "boxes", "A1"], ["adopt", "boxes"], ["undo", "1"],
        ["--help"], ["--version"],
      ] {
        for shell in ["exec >/dev/full", "exec >&-"] {
          let result = try await run(arguments, behind: shell, in: store)
          #expect(result.status == 5, "\(arguments) \(shell): \(result.status) \(result.text)")
          #expect(result.errors.contains("standard output cannot be written"), "\(arguments)")
        }
      }
      #expect(store.writes.count == 9)
    }
  }

  @Test("A full disk under standard error, and under a file that was asked for")
  func others() async throws {
    try await Storehouse.open { store in
      let quiet = try await run(["plan"], behind: "exec 2>/dev/full", in: store)
      #expect(quiet.status == 0, "nothing was to be said there: \(quiet.text)")
      #expect(try await run(["run"], behind: "exec 2>/dev/full", in: store).status == 5)
      let out = try await store.crosswalk("plan", "--out", "/dev/full")
      #expect(out.status == 5, "\(out.text)")
      #expect(out.text.contains("/dev/full") && out.text.contains("help: "), "\(out.text)")
    }
  }

  @Test("A reader that has read enough is no error")
  func closedPipe() async throws {
    try await Storehouse.open { store in
      let shell = """
        { "$0" "$@"; echo "status $?" >&2; } | true; exit 0
        """
      let result = try await run(["plan"], behind: shell, in: store)
      #expect(result.errors.contains("status 0"), "\(result.text)")
      #expect(!result.errors.contains("cannot be written"), "\(result.text)")
    }
  }
}
