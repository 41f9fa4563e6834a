import Engine
import GRDB

/// The tables of the ledger, and the migrations from older releases.
enum Schema {
  /// `Xwlk`, which identifies the file as a ledger.
  static let applicationID: Int64 = 0x5877_6C6B
  /// Goes up by one with each migration.
  static let version: Int64 = 11

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: first)
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try database.execute(sql: "PRAGMA user_version = 1")
    }
    migrator.registerMigration("2") { database in
      try database.execute(sql: second)
      try database.execute(sql: "PRAGMA user_version = 2")
    }
    migrator.registerMigration("3") { database in
      try database.execute(sql: third)
      try database.execute(sql: "PRAGMA user_version = 3")
    }
    migrator.registerMigration("4") { database in
      try database.execute(sql: fourth)
      try database.execute(sql: "PRAGMA user_version = 4")
    }
    migrator.registerMigration("5") { database in
      try database.execute(sql: fifth)
      try database.execute(sql: "PRAGMA user_version = 5")
    }
    migrator.registerMigration("6") { database in
      try database.execute(sql: sixth)
      try database.execute(sql: "PRAGMA user_version = 6")
    }
    migrator.registerMigration("7") { database in
      try database.execute(sql: seventh)
      try database.inferShapes()
      try database.execute(sql: "PRAGMA user_version = 7")
    }
    migrator.registerMigration("8") { database in
      try database.execute(sql: eighth)
      try database.execute(sql: "PRAGMA user_version = 8")
    }
    migrator.registerMigration("9") { database in
      try database.execute(sql: ninth)
      try database.execute(sql: "PRAGMA user_version = 9")
    }
    migrator.registerMigration("10") { database in
      try database.execute(sql: tenth)
      try makeViews(database)
      try database.execute(sql: "PRAGMA user_version = 10")
    }
    migrator.registerMigration("11") { database in
      try database.execute(sql: eleventh)
      try database.execute(sql: "PRAGMA user_version = 11")
    }
    return migrator
  }

  /// `IntentState.isOpen`, as the partial indexes have it. Not written with `IN`: for a list SQLite creates a temporary table,
  /// per index and per row that it writes.
  static let isOpen =
    "(state = 'planned' OR state = 'sent' OR state = 'unknown' OR state = 'resolving' "
    + "OR state = 'quarantined')"

  /// `link` stays narrow, because every run reads all of it in the order of its primary key.
  private static let first = """
    CREATE TABLE ledger (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      id BLOB NOT NULL,
      write_count INTEGER NOT NULL
    ) STRICT;
    INSERT INTO ledger VALUES (1, randomblob(16), 0);

    CREATE TABLE lease (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      holder TEXT,
      epoch INTEGER NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE mapping (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE resource (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

    CREATE TABLE link (
      mapping INTEGER NOT NULL REFERENCES mapping,
      key BLOB NOT NULL,
      fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16),
      state INTEGER NOT NULL CHECK (state IN (0, 1)),
      absences INTEGER NOT NULL,
      resource INTEGER NOT NULL REFERENCES resource,
      target_id TEXT NOT NULL,
      PRIMARY KEY (mapping, key)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX link_target ON link (resource, target_id);

    CREATE TABLE sent (
      mapping INTEGER NOT NULL,
      key BLOB NOT NULL,
      fields BLOB NOT NULL,
      PRIMARY KEY (mapping, key)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE intent (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      run INTEGER NOT NULL,
      mapping INTEGER NOT NULL REFERENCES mapping,
      key BLOB NOT NULL,
      operation TEXT NOT NULL,
      resource INTEGER NOT NULL REFERENCES resource,
      natural_key TEXT,
      target_id TEXT,
      fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16),
      sent BLOB NOT NULL,
      state TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      sent_at INTEGER,
      not_before INTEGER,
      evidence TEXT
    ) STRICT;
    CREATE UNIQUE INDEX intent_open_key ON intent (mapping, key)
      WHERE state IN ('planned', 'sent', 'unknown', 'quarantined');
    CREATE UNIQUE INDEX intent_open_natural_key ON intent (resource, natural_key)
      WHERE state IN ('planned', 'sent', 'unknown', 'quarantined') AND natural_key IS NOT NULL;

    CREATE TABLE failure (
      mapping INTEGER NOT NULL REFERENCES mapping,
      key BLOB NOT NULL,
      fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16),
      status INTEGER,
      attempts INTEGER NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      run INTEGER NOT NULL,
      PRIMARY KEY (mapping, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE failure_reason (
      mapping INTEGER NOT NULL,
      key BLOB NOT NULL,
      position INTEGER NOT NULL,
      field TEXT,
      message TEXT NOT NULL,
      PRIMARY KEY (mapping, key, position),
      FOREIGN KEY (mapping, key) REFERENCES failure ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE run (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      command TEXT NOT NULL,
      mappings TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      finished_at INTEGER,
      status TEXT,
      report BLOB
    ) STRICT;
    CREATE TABLE change (
      id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL,
      mapping INTEGER NOT NULL REFERENCES mapping,
      key BLOB NOT NULL,
      operation TEXT NOT NULL,
      before BLOB NOT NULL,
      after BLOB NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX change_key ON change (mapping, key);

    CREATE TABLE read_state (
      mapping INTEGER PRIMARY KEY REFERENCES mapping,
      row_count INTEGER NOT NULL,
      run INTEGER NOT NULL
    ) STRICT;
    """

  /// What the operator decides, and how long a rejected record waits.
  private static let second = """
    ALTER TABLE failure ADD COLUMN refusals INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE failure ADD COLUMN read INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE failure ADD COLUMN standing TEXT NOT NULL DEFAULT 'waiting';
    ALTER TABLE read_state ADD COLUMN reads INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE decision (
      id INTEGER PRIMARY KEY,
      verb TEXT NOT NULL,
      mapping INTEGER NOT NULL REFERENCES mapping,
      key BLOB NOT NULL,
      target_id TEXT,
      who TEXT NOT NULL,
      note TEXT,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX decision_key ON decision (mapping, key);
    CREATE INDEX change_run ON change (run);
    CREATE INDEX intent_key ON intent (mapping, key);
    """

  /// What a look-up has found so far, and how many objects a listing had.
  private static let third = """
    ALTER TABLE intent ADD COLUMN look_ups INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE intent ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
    DROP INDEX intent_open_key;
    DROP INDEX intent_open_natural_key;
    CREATE UNIQUE INDEX intent_open_key ON intent (mapping, key)
      WHERE state IN ('planned', 'sent', 'unknown', 'resolving', 'quarantined');
    CREATE UNIQUE INDEX intent_open_natural_key ON intent (resource, natural_key)
      WHERE state IN ('planned', 'sent', 'unknown', 'resolving', 'quarantined')
      AND natural_key IS NOT NULL;

    CREATE TABLE listing (
      resource INTEGER PRIMARY KEY REFERENCES resource,
      object_count INTEGER NOT NULL
    ) STRICT;
    """

  /// The same indexes, by ``isOpen``.
  private static let fourth = """
    DROP INDEX intent_open_key;
    DROP INDEX intent_open_natural_key;
    CREATE UNIQUE INDEX intent_open_key ON intent (mapping, key) WHERE \(isOpen);
    CREATE UNIQUE INDEX intent_open_natural_key ON intent (resource, natural_key)
      WHERE \(isOpen) AND natural_key IS NOT NULL;
    """

  /// Intents that ended without a change of the object, as the partial index has them.
  static let isRefused = "(state = 'rejected' OR state = 'absent')"

  /// What was last sent is in the log of changes. A link points to its latest change, and each change to the one before.
  ///
  /// A separate table, and indexes of changes and intents by key, would cost every write a random page in each of them. The log
  /// only grows at its end. A change without an operation is not shown in the history: it says what was last sent for the
  /// object, not how that happened.
  private static let fifth = """
    CREATE TABLE change_log (
      id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL,
      mapping INTEGER NOT NULL REFERENCES mapping,
      key BLOB NOT NULL,
      operation TEXT,
      before BLOB NOT NULL,
      after BLOB,
      fields BLOB NOT NULL,
      previous INTEGER,
      intent INTEGER,
      at INTEGER NOT NULL
    ) STRICT;
    INSERT INTO change_log
      SELECT id, run, mapping, key, operation, before, nullif(after, held), coalesce(held, x''),
        previous, intent, at
      FROM (
        SELECT *,
          iif(
            id = (SELECT max(id) FROM change AS other
              WHERE other.mapping = change.mapping AND other.key = change.key),
            (SELECT fields FROM sent
              WHERE sent.mapping = change.mapping AND sent.key = change.key),
            NULL) AS held,
          (SELECT max(id) FROM change AS other WHERE other.mapping = change.mapping
            AND other.key = change.key AND other.id < change.id) AS previous,
          (SELECT max(id) FROM intent WHERE intent.mapping = change.mapping
            AND intent.key = change.key AND state = 'done'
            AND coalesce(sent_at, 0) <= change.at) AS intent
        FROM change);
    INSERT INTO change_log (run, mapping, key, before, fields, at)
      SELECT 0, mapping, key, x'', fields, 0 FROM sent WHERE NOT EXISTS (
        SELECT 1 FROM change WHERE change.mapping = sent.mapping AND change.key = sent.key);
    CREATE INDEX change_without ON change_log (mapping, key) WHERE operation IS NULL;
    ALTER TABLE link ADD COLUMN change INTEGER;
    UPDATE link SET change = coalesce(
      (SELECT max(id) FROM change WHERE change.mapping = link.mapping AND change.key = link.key),
      (SELECT id FROM change_log AS log WHERE log.mapping = link.mapping AND log.key = link.key
        AND log.operation IS NULL));
    ALTER TABLE decision ADD COLUMN change INTEGER;
    UPDATE decision SET change = (
      SELECT max(id) FROM change
      WHERE change.mapping = decision.mapping AND change.key = decision.key)
      WHERE verb = 'absent' AND NOT EXISTS (
        SELECT 1 FROM link WHERE link.mapping = decision.mapping AND link.key = decision.key);
    DROP INDEX change_without;
    DROP TABLE sent;
    DROP TABLE change;
    ALTER TABLE change_log RENAME TO change;
    CREATE INDEX change_run ON change (run);
    DROP INDEX intent_key;
    CREATE INDEX intent_refused ON intent (mapping, key) WHERE \(isRefused);
    """

  /// The object that is gone according to a failure; and the clock at the last write.
  private static let sixth = """
    ALTER TABLE failure ADD COLUMN missing_object TEXT;

    CREATE TABLE clock (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      boot TEXT,
      started INTEGER,
      latest INTEGER NOT NULL,
      is_doubtful INTEGER NOT NULL
    ) STRICT;
    """

  /// What the links are for: a mapping's resource and key; and, for the ledger as a whole, its project and the places of its
  /// targets. A tie is never changed: the latest one of its subject counts.
  private static let seventh = """
    CREATE TABLE mapping_shape (
      mapping INTEGER PRIMARY KEY REFERENCES mapping,
      resource TEXT NOT NULL,
      former TEXT NOT NULL
    ) STRICT;
    CREATE TABLE key_column (
      mapping INTEGER NOT NULL REFERENCES mapping_shape ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name TEXT,
      kind TEXT NOT NULL,
      PRIMARY KEY (mapping, position)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE failure ADD COLUMN claims TEXT;
    CREATE TABLE tie (
      id INTEGER PRIMARY KEY,
      subject TEXT NOT NULL,
      place TEXT NOT NULL,
      who TEXT,
      note TEXT,
      at INTEGER NOT NULL
    ) STRICT;
    """

  /// What the target makes of the values that it is sent, and which fields its answers show.
  private static let eighth = """
    CREATE TABLE alteration (
      mapping INTEGER NOT NULL REFERENCES mapping,
      key BLOB NOT NULL,
      field TEXT NOT NULL,
      sent BLOB NOT NULL,
      held BLOB NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (mapping, key, field)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE shown_field (
      resource INTEGER NOT NULL REFERENCES resource,
      field TEXT NOT NULL,
      is_listed INTEGER NOT NULL CHECK (is_listed IN (0, 1)),
      PRIMARY KEY (resource, field, is_listed)
    ) STRICT, WITHOUT ROWID;
    """

  /// The objects at the target that block a record, and how they were found.
  private static let ninth = """
    CREATE TABLE failure_object (
      mapping INTEGER NOT NULL,
      key BLOB NOT NULL,
      position INTEGER NOT NULL,
      target_id TEXT NOT NULL,
      natural_key TEXT,
      owner TEXT,
      PRIMARY KEY (mapping, key, position),
      FOREIGN KEY (mapping, key) REFERENCES failure ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """

  /// How far the last removal of old entries has come; and the views for other tools.
  private static let tenth = """
    CREATE TABLE upkeep (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      change_after INTEGER NOT NULL,
      intent_after INTEGER NOT NULL,
      run_after INTEGER NOT NULL,
      pruned_at INTEGER
    ) STRICT;
    """

  /// A lease for each target beside that of the whole project, whose scope is empty.
  private static let eleventh = """
    ALTER TABLE lease RENAME TO former_lease;
    CREATE TABLE lease (
      scope TEXT PRIMARY KEY,
      holder TEXT,
      epoch INTEGER NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT;
    INSERT INTO lease SELECT '', holder, epoch, expires FROM former_lease;
    DROP TABLE former_lease;
    """
}
