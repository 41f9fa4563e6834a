import ArgumentParser
import Foundation
import Testing

@testable import crosswalk

/// What the pages tell people to type can be typed.
@Suite struct CommandsTests {
  private static let helps: [String: String] = Dictionary(
    uniqueKeysWithValues: Crosswalk.configuration.subcommands.map { command in
      let nested = command.configuration.subcommands
      let texts = ([command] + nested).map { Crosswalk.helpMessage(for: $0) }
      return (command.configuration.commandName ?? "", texts.joined(separator: "\n"))
    })

  @Test(arguments: Repository.pages)
  func commandsAndOptionsExist(page: Page) throws {
    for line in page.text.split(separator: "\n") {
      for match in line.matches(of: /(?:`|^|\$ )crosswalk ([a-z]+)([^`#]*)/) {
        let name = String(match.output.1)
        let place = Comment(rawValue: "\(page.path): \(line)")
        let help = try #require(Self.helps[name], place)
        for option in match.output.2.matches(of: /--[a-z-]+/) {
          #expect(help.contains(option.output), place)
        }
      }
    }
  }
}
