import Mappings

extension ProgramCompiler {
  /// How the project's mappings recognize the objects of a resource: by the fields of its `match` and of theirs.
  public func matches(
    of resource: ResourceDefinition, at target: TargetDefinition
  ) -> [MatchProgram] {
    let mappings = project.mappings.filter {
      $0.target.value == target.name.value && $0.resource.value == resource.name.value
    }
    let wanted =
      mappings.isEmpty ? [resource.match] : mappings.map { $0.match ?? resource.match }
    let schemas = schemas[target.name.value + "/" + resource.name.value]
    var matches: [MatchProgram] = []
    for case let match? in wanted {
      let path = match.field.value
      let isKnown = matches.contains {
        $0.path.utf8.elementsEqual(path.utf8) && $0.compare == match.compare
      }
      guard !isKnown else { continue }
      switch schemas?.create.node(at: path)?.readPath ?? .same {
      case .same:
        matches.append(MatchProgram(field: 0, path: path, readPath: path, compare: match.compare))
      case .path(let other):
        matches.append(MatchProgram(field: 0, path: path, readPath: other, compare: match.compare))
      case .never: break
      }
    }
    return matches
  }
}
