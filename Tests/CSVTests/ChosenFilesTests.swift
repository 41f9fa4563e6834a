import Foundation
import Testing

@testable import CSV

@Suite struct ChosenFilesTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func changed(_ name: String, at seconds: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: seconds)],
      ofItemAtPath: "\(folder.path)/\(name)")
  }

  @Test("Exactly one, the newest, or all of them")
  func picks() throws {
    #expect(folder.failure("p-*.csv")?.message.contains("p-*.csv") == true)
    for (name, time) in [("p-1.csv", 300.0), ("p-2.csv", 100), ("p-3.csv", 200)] {
      try folder.write("id,v\n1,\(name)\n", to: name)
      try changed(name, at: time)
    }
    try folder.write("id,v\n9,x\n", to: "q.csv")
    try folder.write("id,v\n9,x\n", to: ".p-4.csv")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/p-5.csv", withIntermediateDirectories: true)
    let several = folder.failure("p-*.csv")
    #expect(several?.code == .choice)
    for name in ["p-1.csv", "p-2.csv", "p-3.csv"] {
      #expect(several?.message.contains("`\(name)`") == true)
    }
    #expect(try folder.rows("p-*.csv", pick: .newest) == [["1", "p-1.csv"]])
    // Which of two is newer nobody can tell: none is read.
    try changed("p-2.csv", at: 300)
    let tied = folder.failure("p-*.csv", pick: .newest)
    #expect(tied?.code == .choice)
    for name in ["p-1.csv", "p-2.csv"] { #expect(tied?.message.contains("`\(name)`") == true) }
    #expect(tied?.message.contains("p-3.csv") == false)
    try changed("p-2.csv", at: 100)
    #expect(
      try folder.rows("p-?.csv", pick: .all) == [
        ["1", "p-1.csv"], ["1", "p-2.csv"], ["1", "p-3.csv"],
      ])
    #expect(try folder.rows("p-2.csv") == [["1", "p-2.csv"]])
    // Each has its own order, and the same columns.
    try folder.write("v,id\ny,2\n", to: "p-2.csv")
    #expect(try folder.rows("p-?.csv", pick: .all)[1] == ["2", "y"])
    try folder.write("v,id,w\ny,2,3\n", to: "p-3.csv")
    #expect(folder.failure("p-?.csv", pick: .all)?.message.contains("`p-3.csv`") == true)
  }

  @Test(
    "Patterns",
    arguments: [
      ("*.csv", "a.csv", true), ("*.csv", "a.csv.tmp", false), ("a*b*c", "aXXbYYc", true),
      ("a*b*c", "aXXcYYb", false), ("?.csv", "ä.csv", true), ("?.csv", ".csv", false),
      ("**", "x", true), ("a", "A", false), ("[a].csv", "a.csv", false), ("*", "", true),
    ])
  func patterns(_ pattern: String, _ name: String, _ fits: Bool) {
    #expect(
      ChosenFiles.matches(Array(name.unicodeScalars), Array(pattern.unicodeScalars)) == fits)
  }

  @Test("A link may lead to a file of the folder, and not out of it")
  func links() throws {
    try folder.write("a\n1\n", to: "real.csv")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/inside.csv", withDestinationPath: "real.csv")
    #expect(try folder.rows("inside.csv") == [["1"]])
    let other = try Folder()
    try other.write("a\nsecret\n", to: "real.csv")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/outside.csv", withDestinationPath: other.path + "/real.csv")
    #expect(folder.failure("outside.csv")?.code == .leadsOut)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/nowhere.csv", withDestinationPath: "gone.csv")
    #expect(folder.failure("nowhere.csv")?.code == .unreadable)
    #expect(mkfifo(folder.path + "/pipe.csv", 0o600) == 0)
    #expect(folder.failure("pipe.csv")?.code == .unreadable)
    let missing = #expect(throws: CSVError.self) {
      try ChosenFiles("*", in: folder.path + "/nowhere", pick: .all)
    }
    #expect(missing?.code == .unreadable)
  }

  @Test("A file that changes after it was chosen is not read as if it were whole")
  func changes() throws {
    let rows = String(repeating: "1\n", count: 10)
    for change in 0..<5 {
      try folder.write("a\n" + rows)
      let chosen = try ChosenFiles("a*.csv", in: folder.path, pick: .all)
      var reader: CSVReader?
      if change > 0 { reader = try CSVReader(chosen, CSVFormat()) }
      switch change {
      case 0, 1:
        let file = try FileHandle(forWritingTo: URL(filePath: folder.path + "/a.csv"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("2\n".utf8))
        try file.close()
      case 2: try changed("a.csv", at: 1_000)
      case 3: try FileManager.default.removeItem(atPath: folder.path + "/a.csv")
      default: try folder.write("a\n3\n", to: "a2.csv")
      }
      let error = #expect(throws: CSVError.self, "\(change)") {
        let open = try reader ?? CSVReader(chosen, CSVFormat())
        while try open.next() != nil {}
      }
      #expect(error?.code == .changing, "\(change)")
    }
  }

  @Test func age() throws {
    try folder.write("a\n1\n")
    let file = try #require(try ChosenFiles("a.csv", in: folder.path, pick: .one).files.first)
    #expect(file.age < .seconds(60))
    try changed("a.csv", at: Date().timeIntervalSince1970 + 3_600)
    let coming = try #require(try ChosenFiles("a.csv", in: folder.path, pick: .one).files.first)
    #expect(coming.age == .zero)
  }
}
