import Diagnostics
import Mappings

/// The codes of this stage: E2 expressions and columns, E3 types up to the target's field, E4 queries, E5 targets.
public enum ProgramCodes {
  static let syntax = Code(
    "E201", "an expression cannot be read",
    """
    The text is not an expression of CEL, the Common Expression Language. The carets show where reading stopped. Text that \
    is meant as it stands is a literal: write `{ value: US }` instead of `US`.
    """)
  static let unknownName = Code(
    "E202", "an expression uses an unknown name",
    """
    Expressions know the columns of the query or file as `row.name`, a query's parameters as `parameters.name`, and the functions of \
    `docs/functions.md`. Text that is meant as it stands is a literal: write `{ value: US }` instead of `US`.
    """)
  static let unknownColumn = Code(
    "E203", "an expression uses a column that the source does not return",
    """
    `row.name` is the column `name` of the query's result, after `as`, or of the file. A name with spaces or dots stands \
    between backticks: row.`Machine No.`. PostgreSQL turns unquoted names into small letters; quoted ones keep their case.
    """)
  static let unknownFunction = Code(
    "E204", "an expression calls an unknown function",
    "The functions of the language and of Crosswalk are listed in `docs/functions.md`, each with an example."
  )
  static let noOverload = Code(
    "E205", "a function or operator does not take these types",
    """
    Every function is declared with the types that it takes. Values are not converted silently: use `string(...)`, \
    `int(...)` or `double(...)`.
    """)
  static let nullRisk = Code(
    "E206", "a value that may be null reaches something that does not take null",
    """
    The column may be NULL, and this operation fails on null, so that such a record would be refused. `text.clean`, \
    `coalesce` and the other functions of Crosswalk pass null on; `x == null ? … : …` decides by hand.
    """)
  static let tooComplex = Code(
    "E207", "an expression is too large",
    "Expressions have bounds on depth and size, so that no record can hold a run up. Split the work: part of it can move to the query."
  )
  static let tooCostly = Code(
    "E208", "an expression may cost too much",
    """
    Before any row is read, lint knows how often an expression can loop and how much text it can look through: a column of \
    `varchar(60)` holds 60 characters, text of unknown length is taken to be 4,096 bytes, and a list of unknown size 256 \
    elements of 64 bytes. This may cost more than a million steps, some hundredths of a second for a row. A run stops such \
    an evaluation and refuses the record. Loop over less, declare lengths (`cast(x as varchar(60))` in a query, `text(60)` in a file's `columns`), \
    or have the source do the work.
    """)
  static let alwaysFails = Code(
    "E209", "a part of an expression always fails",
    """
    The part has nothing but constants, or a constant argument that its function never takes, such as a bad date pattern or a \
    map key that is not a key. Whatever the row holds, evaluating it fails.
    """)
  static let badPattern = Code(
    "E210", "a regular expression cannot be read",
    """
    Patterns have the syntax of RE2: no look-ahead and no back-references. A backslash is written twice in an ordinary string, \
    and once in a raw one: `r"^\\d+$"`.
    """)
  static let typeMismatch = Code(
    "E301", "an expression's type does not fit the field",
    "The resource's schema says which types the field takes. Convert the value, e.g. with `string(...)` or `int(...)`."
  )
  static let fieldUnknown = Code(
    "E302", "the resource has no such field",
    """
    Fields are checked against the resource's schemas, named under `schema:` in the target's file. Dots go into objects: \
    `externalIds.vistaEmployee`. If the vendor has added the field, add it to the schema.
    """)
  static let requiredMissing = Code(
    "E303", "a required field is not mapped",
    "The schema demands the field when an object is created. Give it under `fields:` or `on_create:`."
  )
  static let literal = Code(
    "E304", "a literal does not fit its field",
    "The value breaks a rule of the resource's schema: its type, its length, its pattern, its range, or its list of values."
  )
  static let link = Code(
    "E305", "a link cannot be followed",
    """
    `link("mapping", key…)` gives the target's id of the object that another mapping made of the row with that key. It \
    names the mapping as text, and then one value for each column under that mapping's `key:`.
    """)
  static let absence = Code(
    "E307", "what is written when a key is absent does not work",
    """
    When a key has been given up there is no row any more, so `when_absent.set` and `restore` take literals. A field that \
    is set then must also say what it is when the key comes back: under `fields:`, or under `restore:`.
    """)
  static let sensitive = Code(
    "E308", "a sensitive field cannot be handled as one",
    """
    Sensitive values are remembered only as keyed hashes. A field that the target demands on every write, or that finds \
    existing objects, must be known in full.
    """)
  static let match = Code(
    "E309", "there is no way to find an object that exists already",
    """
    Before it creates an object, Crosswalk looks whether the target has it. `match:` in the mapping, or at the resource, \
    names the field that tells; the field must be mapped.
    """)
  static let linkKeyType = Code(
    "E310", "a link's key has other types",
    """
    `link` finds a row by the values of its key. A number never equals a text, so a key of another type leads nowhere, for \
    every row, without a word at run time.
    """)
  static let mayBeNull = Code(
    "E311", "a value that may be null reaches a required field",
    """
    The column may be NULL, or the function may give null, and the target refuses a body without the field. Say what shall \
    become of such records: another value (`coalesce`, `.orValue`, a ternary), none of them (left out by the query), or \
    refusal until the data are corrected (`required`).
    """)
  static let mayBeTooLong = Code(
    "E312", "a text may be too long for its field",
    """
    The column's declared width, followed through the expression, is larger than what the target takes. The database will \
    hold such a text one day. `text.truncate` cuts, `text.limit` refuses the record on purpose, and so does a test such as \
    `row.x.size() <= 50 ? dyn(row.x) : null` with null.
    """)
  static let valueNeverFits = Code(
    "E313", "an expression gives a value that its field never takes",
    """
    The expression gives a value that is written in its text, and the target's schema refuses it: it is not in the list of \
    values, too long, out of range, or has the wrong form.
    """)
  static let valuesUnproved = Code(
    "E314", "nothing says that a field has one of its values only",
    """
    The target takes a fixed list of values, and the expression can be any text. A table says what each of the source's \
    values becomes, and `otherwise` what all others become.
    """)
  static let tableOpen = Code(
    "E315", "a table of values does not cover what it is asked",
    """
    A record whose value the table does not have is refused. `otherwise:` says what such values become; a column that may be \
    NULL is looked up as the empty text.
    """)
  static let entryNeverOccurs = Code(
    "E316", "a table has a value that can never be looked up",
    """
    The column is too narrow for the value, or the expression gives others only: the entry is a slip, or left over.
    """)
  static let numberNeverFits = Code(
    "E317", "a number is always out of its field's range",
    """
    Whatever the row holds, the calculation gives a number that the target refuses.
    """)
  static let numberMayNotFit = Code(
    "E318", "a number may be out of its field's range",
    """
    The column's type holds numbers that the target refuses. Where only the type's sign is at odds with a lower bound \
    nothing is said, since nobody chooses that. A test in the expression, or a narrower type in the query, proves that it \
    cannot happen.
    """)
  static let formNeverFits = Code(
    "E319", "a text never has its field's form",
    """
    Dates, dates with a time and moments differ: `YYYY-MM-DD`, a date and time without a zone, and RFC 3339 with one. A \
    target that wants one of them refuses the others.
    """)
  static let formUnproved = Code(
    "E320", "nothing says that a text has its field's form",
    """
    The target takes a date, an e-mail address or the like, or text that fits a pattern, and the column is any text. A \
    function such as `date.valid` or `email.clean`, or a cast in the query, gives the form, or refuses the record with \
    its reason; a test by `matches` chooses another value.
    """)
  static let fieldImmutable = Code(
    "E321", "a field that cannot be changed is mapped as if it could",
    """
    The update's schema does not know the field, or its schema marks it as `x-immutable`. Fields under `fields:` are compared \
    and updated; what is given once belongs under `on_create:`. A resource \
    without an `update` call takes no change of any field: what changes in the source is refused then, and named.
    """)
  static let fieldNotInCreate = Code(
    "E322", "a field cannot be given when an object is made",
    """
    Only the update's schema knows the field, so a new object would be made without it and nobody would notice.
    """)
  static let linkCycle = Code(
    "E323", "links go in a circle",
    """
    Mappings run after those that they link to. In a circle each record would wait for the other. `link(…).orValue(null)` \
    lets one side go without at first; the next run fills the link in. A mapping may link to itself.
    """)
  static let linkIdentity = Code(
    "E324", "a link gives ids of another type than its field takes",
    """
    The target's file says under `id:` whether a resource's ids are numbers or text. An id of the wrong type is an id of \
    something else.
    """)
  static let fieldSensitive = Code(
    "E325", "a sensitive field is not handled as one",
    """
    The schema marks the field as `x-sensitive`. Listed under `sensitive:` it is masked in every output and kept only as a \
    keyed hash.
    """)
  static let uniqueConstant = Code(
    "E326", "a unique field has the same value in every record",
    """
    The schema marks the field as `x-unique`: the target refuses the second object with the value.
    """)
  static let fieldReadOnly = Code(
    "E327", "a field is the target's own",
    """
    The schema marks the field as `readOnly`: it comes with answers and is not taken in bodies.
    """)
  static let retryWithoutRequired = Code(
    "E328", "a required field is left out of the second try",
    "`on_reject.retry_without` names fields without which a refused record is sent once more. The target refuses any body without a required one."
  )
  static let vainTest = Code(
    "E332", "a test for null of what is never null",
    """
    The column is NOT NULL, or the function always gives a value, so the test always comes out the same. It does no harm: the \
    expression means what it meant before the column became NOT NULL.
    """)
  static let selfLinkNeeded = Code(
    "E333", "a link that no first record can have",
    """
    The target refuses a record without the field, and the field is a link to another row of the same mapping, which every \
    row has. Each record would wait for another.
    """)
  static let key = Code(
    "E401", "the key does not fit what is read",
    """
    `key:` names the columns that identify a row across runs: not null, unique, and of type integer, text, date, uuid or bool.
    """)
  static let parameterMissing = Code(
    "E402", "the query uses a parameter that is not declared",
    "Each `:name` in the SQL is declared under `query.parameters` with its type and value; the value is bound, never spliced in."
  )
  static let parameterUnused = Code(
    "E403", "a parameter is not used",
    "Neither the query nor an expression uses the parameter. Leave it out.")
  static let parameterValue = Code(
    "E404", "a parameter's value is not of its type",
    "The value is read as the declared type before anything runs.")
  static let columnUnused = Code(
    "E405", "a column is not used",
    "No expression uses the column and it is not part of the key. Leave it out of the query: what is not read cannot leak."
  )
  static let sql = Code(
    "E406", "the source refuses the query",
    "The database's own words, at the place in the SQL that it complains about.")
  static let file = Code(
    "E425", "a file is not what the mapping reads",
    """
    None of the files has such a name, several have where one is wanted, or the columns in the header are not those that the \
    mapping declares. Found when the source is asked: by `lint --live`, `plan` and `run`.
    """)
  static let sqlFault = Code(
    "E414", "SQL that no source takes",
    """
    The text alone shows that it is not one query: a parenthesis is not closed, a second statement follows, a comma leads \
    to nothing, or it holds `${…}` or `{{ … }}`. Values are bound as parameters, `:name`, never put into the text.
    """)
  static let columnTwice = Code(
    "E415", "two columns of one name",
    "`row.name` is one column. Two of the same name in a select list cannot be told apart; `as` gives one of them another."
  )
  static let queryLimited = Code(
    "E416", "a query that leaves rows out while absence counts",
    """
    With `when_absent` a row that does not come back is given up at the target. `limit`, `offset` and `fetch first` make \
    rows stay away that are still there.
    """)
  public static let keyChanged = Code(
    "E417", "the key is not the one that the ledger's links were made for",
    """
    The ledger remembers for each row, by its key, the object at the target. With another key, of other columns or types, \
    no row is found again: each would be new, and each object would count as that of a row that is gone. `previous_key:` \
    names the columns that hold the old key, and the links move to the new one before anything is compared; \
    `crosswalk adopt MAPPING --move` finds the objects by the field under `match` instead.
    """)
  public static let resourceChanged = Code(
    "E418", "the ledger's links are to objects of another resource",
    """
    A mapping that writes to another resource, or to another target, keeps its links only if they are the same objects \
    under another name: then `crosswalk ledger rename-resource OLD NEW` says so. Otherwise it is another mapping, and gets \
    another name. Under `previous_name` stands a mapping of the same resource.
    """)
  public static let mappingRenamed = Code(
    "E419", "the rows are those of a mapping that is no longer there",
    """
    The ledger keeps what it knows of an object under the mapping's name. Under a new name nothing is known, and the \
    objects still belong to the old one. `previous_name:` gives the mapping all that the ledger knows under its old name; \
    `previous_name: none` says that it continues no other. A name that has objects of its own cannot take those of another.
    """)
  public static let ledgerUnread = Code(
    "E426", "the ledger cannot be looked at",
    """
    There is a ledger, and it cannot be read: it is damaged, was written by another release, or may not be opened. So `lint` \
    cannot tell whether the keys, names and resources of the mappings are still those of its links.
    """)
  public static let ledgerOfAnother = Code(
    "E427", "the ledger is another project's",
    """
    A ledger is tied to its project by name, since its ids would be those of other objects elsewhere. Each project has its \
    own, under `ledger:` or CROSSWALK_LEDGER. After a project was renamed, `crosswalk ledger move-project` says so.
    """)
  static let schemaUnreadable = Code(
    "E501", "a schema file cannot be read", "The path is relative to the target's file.")
  static let schemaUnusable = Code(
    "E502", "a schema file cannot be used", "A schema is an object of keywords, or `true`.")
  static let calls = Code(
    "E503", "a resource lacks a call",
    "The mapping needs a call that the resource does not declare in the target's file.")
  static let answerPattern = Code(
    "E504", "a pattern for answers cannot be used",
    "`body:` is an RE2 pattern that is searched in the body of an answer.")
  static let schemaKeyword = Code(
    "E505", "a schema uses a keyword that is not supported",
    """
    Schemas are JSON Schema, draft 2020-12. A keyword that is not known to Crosswalk, or not to the draft, would say \
    something that nobody checks, so it is refused instead of being passed over. Remarks are `description`, `$comment`, \
    or begin with `x-`.
    """)
  static let schemaValue = Code(
    "E506", "a keyword of a schema has a wrong value",
    "Each keyword of JSON Schema takes one kind of value: `maxLength` a whole number, `required` a list of names."
  )
  static let schemaPattern = Code(
    "E507", "a pattern of a schema cannot be used",
    """
    Patterns are read as RE2 reads them, which promises linear time: it has no look-around and no back references, which \
    other implementations of JSON Schema take.
    """)
  static let schemaReference = Code(
    "E508", "a reference of a schema leads nowhere",
    """
    `$ref` leads to a place in the same file, `#/$defs/name`. It may not lead out of the file, nor back to the schema in \
    which it stands.
    """)
  static let schemaFormat = Code(
    "E509", "a format of a schema is not checked",
    """
    Values are checked against the formats date, date-time, time, email, uuid, uri, ipv4, hostname and int32 before they \
    are sent. Another format is left to the target, and its refusal comes at night instead of now; a `pattern` beside it \
    is checked.
    """)
  static let schemaComparison = Code(
    "E516", "a keyword for comparing does not fit",
    """
    `x-order: any` is for lists, `x-compare` (`trim`, `fold`, `lines`, `truncate`, `day`) for text, and `x-absent` gives a \
    value that the schema takes. A word that is not known, or that stands at another kind of value, would leave equal values \
    different: they would be written again in every run that compares with the target.
    """)
  static let updateClears = Code(
    "E517", "an update may clear what the mapping does not set",
    """
    A PUT usually replaces the object: what the body leaves out is emptied, such as a field that was filled in there, or \
    one that the mapping gives under `on_create` only. `send: whole` reads the object first and sends it back with what \
    differs. `unsent: kept` says that the target keeps what is left out.
    """)
  public static let testFailed = Code(
    "E601", "an example of the mapping does not come out",
    "The example's row was mapped as in a run, and a field has another value than expected.")

  public static let unreached = Code(
    "E602", "no example reaches a field or a way of an expression",
    """
    `crosswalk test --coverage` looks whether the examples of a mapping, taken together, give every field a value, and go \
    every way of each expression and table: both sides of a condition, a value and its replacement, each entry of \
    `values`. What no example reaches may be wrong without anybody seeing it.
    """)

  public static let all: [Code] =
    expressions + fields + queries + source + texts + schemas + [testFailed, unreached]

  private static let expressions = [
    syntax, unknownName, unknownColumn, unknownFunction, noOverload, nullRisk, tooComplex,
    tooCostly, alwaysFails, badPattern,
  ]
  private static let fields = [
    typeMismatch, fieldUnknown, requiredMissing, literal, link, absence, sensitive, match,
    linkKeyType, mayBeNull, mayBeTooLong, valueNeverFits, valuesUnproved, tableOpen,
    entryNeverOccurs, numberNeverFits, numberMayNotFit, formNeverFits, formUnproved,
    fieldImmutable, fieldNotInCreate, linkCycle, linkIdentity, fieldSensitive, uniqueConstant,
    fieldReadOnly, retryWithoutRequired, vainTest,
    selfLinkNeeded, Mappings.Codes.cutText,
  ]
  private static let queries = [
    key, parameterMissing, parameterUnused, parameterValue, columnUnused, sql,
  ]
  private static let texts = [
    sqlFault, columnTwice, queryLimited, keyChanged, resourceChanged, mappingRenamed, file,
    ledgerUnread, ledgerOfAnother,
  ]

  /// Whether a finding says why a source would refuse the query.
  public static func concernsQuery(_ code: Code) -> Bool {
    [parameterMissing, parameterValue, sql, sqlFault].contains(code)
  }

  private static let schemas = [
    schemaUnreadable, schemaUnusable, calls, answerPattern, schemaKeyword, schemaValue,
    schemaPattern, schemaReference, schemaFormat, schemaComparison,
    updateClears,
  ]
}
