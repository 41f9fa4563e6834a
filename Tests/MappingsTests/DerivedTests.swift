import Foundation
import JSON
import Mappings
import Testing

@Suite struct DerivedTests {
  /// To write them anew: `crosswalk schema export`, or this test with `WRITE_SCHEMAS=1` in the environment.
  @Test(arguments: FileKind.allCases) func schemaFilesAreFresh(_ kind: FileKind) throws {
    let path = "\(Examples.root)/schemas/crosswalk/\(kind.rawValue).schema.json"
    let schema = jsonSchema(for: kind)
    if ProcessInfo.processInfo.environment["WRITE_SCHEMAS"] == "1" {
      try FileManager.default.createDirectory(
        atPath: "\(Examples.root)/schemas/crosswalk", withIntermediateDirectories: true)
      try Data(schema.utf8).write(to: URL(filePath: path))
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == schema)
  }

  @Test(arguments: FileKind.allCases) func schemasAreClosedAndDescribed(_ kind: FileKind) throws {
    let schema = try JSON(parsing: jsonSchema(for: kind))
    let definitions = schema["$defs"]?.members?.map(\.value) ?? []
    for object in [schema] + definitions {
      #expect(object["additionalProperties"] == false)
      for property in object["properties"]?.members ?? [] {
        #expect(property.value["description"]?.stringValue?.hasSuffix(".") == true)
      }
    }
  }

  @Test func referenceNamesEveryKey() {
    let page = languageReference()
    for kind in FileKind.allCases {
      for key in kind.shape.keys { #expect(page.contains("| `\(key.key)` |")) }
    }
    #expect(page.contains("### guard-deactivations"))
    #expect(page == languageReference())
  }
}
