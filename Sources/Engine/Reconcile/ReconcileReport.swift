import JSON
import Mappings

/// What the target holds otherwise than the ledger knows.
public struct ReconcileReport: Sendable, Hashable {
  /// An object that was linked, and of which fields have other values than were sent.
  public struct Edit: Sendable, Hashable {
    public var key: Key
    public var targetID: String
    /// `before` as it was sent, `after` as it stands there; masked.
    public var fields: [FieldChange]
    /// Those of the fields that the mapping writes back.
    public var writtenBack: Set<String>
  }

  /// Several objects with one natural key.
  public struct Duplicate: Sendable, Hashable {
    public var naturalKey: String
    public var ids: [String]
    /// The key that one of them is linked to.
    public var key: Key?
  }

  /// A linked object that is no longer there.
  public struct Missing: Sendable, Hashable {
    public var key: Key
    public var targetID: String
    /// Another object with the same natural key, to which the key was linked instead.
    public var relinkedTo: String?
  }

  /// Objects that were read.
  public var objects = 0
  public var edited: [Edit] = []
  /// Values that the target changes by itself whenever they are written, each said once: they are not written back any more.
  public var altered: [Edit] = []
  /// Fields that could not be compared: the listing shows them for no object, and nothing says whether it ever does.
  public var notCompared: [String] = []
  public var deleted: [Missing] = []
  public var duplicated: [Duplicate] = []
  /// Ids of objects that no mapping has linked.
  public var unknown: [String] = []
  /// Keys whose edits are to be written back, and whose rows have not been sent: they may be refused, wait, or be gone.
  public internal(set) var pending: Set<Key> = []
  /// In a plan that is kept: what holds the mapping back.
  var tripped: GuardTripped?
  /// What a plan compares the rows with.
  var foreseen = Foreseen()

  public var isClean: Bool {
    edited.isEmpty && altered.isEmpty && deleted.isEmpty && duplicated.isEmpty && unknown.isEmpty
  }

  var json: JSON {
    [
      "objects": .integer(Int64(objects)),
      "edited": .array(
        edited.map { edit in
          [
            "key": .string(edit.key.description), "target_id": .string(edit.targetID),
            "fields": .array(
              edit.fields.map { field in
                [
                  "field": .string(field.path), "sent": field.before ?? .null,
                  "held": field.after,
                  "written_back": .bool(
                    edit.writtenBack.contains(field.path) && !pending.contains(edit.key)),
                ]
              }),
          ]
        }),
      "altered": .array(
        altered.map { one in
          [
            "key": .string(one.key.description), "target_id": .string(one.targetID),
            "fields": .array(
              one.fields.map { field in
                [
                  "field": .string(field.path), "sent": field.before ?? .null,
                  "held": field.after,
                ]
              }),
          ]
        }),
      "not_compared": .array(notCompared.map { .string($0) }),
      "deleted": .array(
        deleted.map { one in
          [
            "key": .string(one.key.description), "target_id": .string(one.targetID),
            "relinked_to": one.relinkedTo.map { .string($0) } ?? .null,
          ]
        }),
      "duplicated": .array(
        duplicated.map { one in
          [
            "natural_key": .string(one.naturalKey),
            "target_ids": .array(one.ids.map { .string($0) }),
            "key": one.key.map { .string($0.description) } ?? .null,
          ]
        }),
      "unknown": .array(unknown.map { .string($0) }),
    ]
  }
}
