import ArgumentParser
import Operations

struct LinksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "links",
    abstract: "Which object belongs to which key, as the ledger remembers it.",
    discussion: """
      Examples:
        crosswalk links show MAPPING
        crosswalk links show MAPPING 1/1042
        crosswalk links unlink MAPPING 1/1042
      """,
    subcommands: [ShowLinks.self, Unlink.self], defaultSubcommand: ShowLinks.self)
}

struct ShowLinks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "The links of a mapping, or the one of a key.",
    discussion: """
      `crosswalk history MAPPING KEY` shows what became of an object.

      Examples:
        crosswalk links show MAPPING
        crosswalk links show MAPPING 1/1042 --format json
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "The mapping.")
  var mapping: String
  @Argument(help: "The key as the reports write it, e.g. 1/1042.")
  var key: String?
  @Option(help: "text or json.")
  var format: ReportFormat = .text

  func run() async throws {
    let (mapping, key) = (mapping, key)
    let links = try await Door.open(project.project) { try await $0.links(of: mapping, key: key) }
    switch format {
    case .json: Terminal.print(json: LinksView.json(links, of: mapping))
    case .text: Terminal.print(LinksView.text(links, of: mapping))
    }
  }
}

struct Unlink: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unlink",
    abstract: "Forgets which object belongs to a key; the object stays as it is.",
    discussion: """
      While the source has the row, the next run looks for its object by `match`. A mapping without `match` creates another \
      object. What the next run does is shown first; `--yes` removes the link. It is refused while a write of the key is open.

      If the object is gone at the target, use `crosswalk failures absent`. If it belongs to another key, use \
      `crosswalk failures adopt MAPPING KEY ID --move`.

      Examples:
        crosswalk links unlink MAPPING 1/1042
        crosswalk links unlink MAPPING 1/1042 --yes --note "linked to a namesake"
      """)

  @Argument(help: "The mapping.")
  var mapping: String
  @Argument(help: "The key as the reports write it, e.g. 1/1042.")
  var key: String
  @OptionGroup var options: ForgetOptions

  func run() async throws {
    let request = options.request(mapping, key)
    let record = try await Door.open(
      options.project.project, whenInterrupted: .endsInOrder
    ) { try await $0.unlink(request) }
    options.show(record, ForgottenView.text(unlinking: record))
  }
}
