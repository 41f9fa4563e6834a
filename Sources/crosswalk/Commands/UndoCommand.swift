import ArgumentParser
import Operations

struct UndoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Takes a run back: fields get the values they had before it.",
    discussion: """
      Without --yes it only shows what it would send. A field goes back only while the target holds what the run wrote; \
      what a person or a later run has changed since is named and left alone. An object that the run made is given up as \
      the mapping's `when_absent` says, or named where the mapping has none.

      What is taken back stays so until its row changes; then the record is written as the mapping makes it. A row whose \
      object was given up counts as dismissed until then: `crosswalk failures --all` lists it, `failures retry` releases it.

      Examples:
        crosswalk undo 12
        crosswalk undo 12 --yes
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "The number of the run; `crosswalk runs` lists them.")
  var number: Int64
  @Flag(help: "Send it.")
  var yes = false
  @Option(help: "text or json.")
  var format: ReportFormat = .text
  @OptionGroup var wait: WaitOption

  func run() async throws {
    let request = UndoRequest(number, applies: yes, wait: wait.waiting)
    let undone = try await Door.open(
      project.project, whenInterrupted: .endsInOrder
    ) { try await $0.undo(request) }
    switch format {
    case .json: Terminal.print(json: UndoView.json(undone, run: number, isDone: yes))
    case .text: Terminal.print(UndoView.text(undone, run: number, isDone: yes))
    }
    if undone.items.contains(where: { $0.outcome != nil && $0.outcome != .done }) {
      throw Exit.rejected.code
    }
  }
}
