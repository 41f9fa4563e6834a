import Diagnostics
import Documents
import Mappings
import Programs

/// A small project, loaded and compiled as the command does it.
struct Project: Sendable {
  /// By how a row says whose it is.
  let programs: [KeyForm: MappingProgram]
  let target: TargetDefinition

  struct Unusable: Error { var message: String }

  /// `isLenient`: somebody has looked, and what the listing lacks is really gone.
  init(_ variant: Variant, _ weakness: Weakness?, isLenient: Bool = false) throws {
    var programs: [KeyForm: MappingProgram] = [:]
    var target: TargetDefinition?
    for form in KeyForm.allCases {
      let files = Self.files(variant, form, weakness, isLenient).mapValues { Array($0.utf8) }
      let (project, diagnostics, _) = loadProject(at: ".", reading: Self.reader(files))
      guard let project, let mapping = project.mappings.first else {
        throw Unusable(message: render(diagnostics, as: .text))
      }
      var compiler = ProgramCompiler(
        project: project, settings: SettingResolver(environment: { _ in nil })
      ) { path in
        guard let bytes = files[path] else { throw Unusable(message: path) }
        return bytes
      }
      guard let program = compiler.compile(mapping, columns: form.columns) else {
        throw Unusable(message: render(compiler.diagnostics, as: .text))
      }
      programs[form] = program
      target = project.targets.first
    }
    guard let target else { throw Unusable(message: "no target") }
    self.programs = programs
    self.target = target
  }

  private static func reader(_ files: [String: [UInt8]]) -> FileReader {
    FileReader(
      bytes: { (path, _) throws(FileReader.Failure) in
        guard let bytes = files[path] else { throw .missing }
        return bytes
      },
      entries: { (folder) throws(FileReader.Failure) in
        let prefix = folder == "." ? "" : folder + "/"
        let inside = files.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        if inside.isEmpty { throw .missing }
        let names = inside.map { (String($0.prefix { $0 != "/" }), $0.contains("/")) }
        return Set(names.map { FileReader.Entry(name: $0.0, isFolder: $0.1) }).map { $0 }
      })
  }

  private static func files(
    _ variant: Variant, _ form: KeyForm, _ weakness: Weakness?, _ isLenient: Bool
  ) -> [String: String] {
    [
      "crosswalk.yaml": "project: simulation\n",
      "sources/db.yaml": "source: db\npostgres: { host: h, database: d, user: u }\n",
      "targets/crm.yaml": target(variant, weakness, isLenient),
      "targets/thing.json": """
      { "type": "object", "required": ["code", "name"], "additionalProperties": false,
        "properties": { "code": { "type": "string", "minLength": 1 }, "name": { "type": "string" } } }
      """,
      "things.yaml": """
      mapping: things
      target: crm
      resource: things
      source: db
      query: { sql: '\(form.select)' }
      key: id
      \(form == .textWithFormer ? "previous_key: old_id" : "")
      fields:
        code: '"t" + string(row.person)'
        name: row.name
      when_absent: { after: 1, delete: true }
      guard: { deactivations: { percent: 100, count: 20 }, source_drop: { percent: 100 }\(isLenient ? ", missing_at_target: { percent: 100, count: 20 }" : "") }
      """,
    ]
  }

  private static func target(
    _ variant: Variant, _ weakness: Weakness?, _ isLenient: Bool
  ) -> String {
    let patience =
      weakness == .immediate
      ? "settle: 0s\nlook_up: { times: 1, every: 0s }" : "settle: 120s"
    let find =
      variant.searches ? "find: { call: \"GET /things/by/{match.value}\", object: data }" : ""
    let batch =
      """
      , batch: { size: \(variant.batch), items: items, answers: results,
        \(variant.namesPlaces ? "position: index," : "")
        status: { path: status, done: [created], rejected: [failed], retry: [later] } }
      """
    return """
      target: crm
      base_url: https://api.example.com
      concurrency: 1
      limits: [{ name: account, calls: \(Scenario.limit), per: \(Scenario.period.components.seconds)s }]
      retry: { attempts: 4, base: 1s, max: 20s }
      \(patience)
      resources:
        things:
          schema: { create: thing.json }
          id: { path: id, kind: int }
          match: { field: code }
          list: { call: GET /things, items: data, \(paging(variant.paging, weakness, isLenient)) }
          \(find)
          get: { call: "GET /things/{id}", object: data }
          create: { call: POST /things, object: data \(variant.batch > 1 ? batch : "") }
          update: { call: "PATCH /things/{id}", object: data, send: changed }
          delete: { call: "DELETE /things/{id}" }

      """
  }

  /// The target gives seven objects a page, whatever it is asked for.
  private static func paging(
    _ paging: Variant.Paging, _ weakness: Weakness?, _ isLenient: Bool
  ) -> String {
    let believes = weakness == .lists
    let numbered =
      "page: { kind: number, parameter: page, first: 1, size_parameter: limit, size: 50, until: short }"
    let page =
      switch paging {
      case .short: numbered
      case .total: believes ? numbered : "total: total, \(numbered)"
      case .cursor:
        "page: { kind: cursor, parameter: after, cursor: next, size_parameter: limit, size: 50, "
          + "\(believes ? "until: missing" : "more: more") }"
      }
    return believes || isLenient ? "at_least: 0, \(page)" : page
  }
}
