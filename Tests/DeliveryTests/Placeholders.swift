import Foundation

/// What the mappings take from outside: `${NAME}`, `${NAME:-default}` and `${secret:NAME}`.
struct Placeholders {
  private(set) var required: Set<String> = []
  private(set) var optional: Set<String> = []
  private(set) var secrets: Set<String> = []

  init() throws {
    for path in try Repository.files(below: "mappings") {
      let text = try Repository.text("mappings/\(path)")
      for match in text.matches(of: /\$\{(secret:)?([A-Za-z_][A-Za-z0-9_]*)(:-[^}]*)?\}/) {
        let name = String(match.2)
        if match.1 != nil {
          secrets.insert(name)
        } else if match.3 == nil {
          required.insert(name)
        } else {
          optional.insert(name)
        }
      }
    }
  }
}
