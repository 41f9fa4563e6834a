import Diagnostics

/// The diagnostics of the model: what the keys of the files mean.
public enum Codes {
  public static let unknownKey = Code(
    "E101", "unknown key",
    "A key that this place of the file does not have. Unknown keys are refused, as they are nearly always slips."
  )
  public static let missingKey = Code(
    "E102", "missing key", "A key that has no default is missing, or stands there without a value.")
  public static let wrongType = Code(
    "E103", "wrong type",
    """
    The value is of another kind than its key takes: a list instead of text, text instead of a number. Quotes make \
    text of anything.
    """)
  public static let notAChoice = Code(
    "E104", "not one of the choices",
    "The key takes one word of a fixed list, and this is none of them.")
  public static let outOfRange = Code(
    "E105", "out of range", "The number or duration is smaller or larger than its key allows.")
  public static let badDuration = Code(
    "E106", "not a duration",
    "A duration is a whole number and a unit without a blank between them: `500ms`, `10s`, `2m`, `1h`, `30d`."
  )
  public static let literalAsExpression = Code(
    "E107", "literal instead of expression",
    """
    Text in `fields` is an expression over the row. A constant is written `{ value: … }`, so that it is never taken \
    for an expression, nor an expression for a constant.
    """)
  public static let badSetting = Code(
    "E108", "malformed setting",
    """
    Settings from outside are written `${NAME}`, `${NAME:-default}` or `${secret:NAME}`; a name is made of letters, \
    digits and `_` and does not begin with a digit. `$${` stands for the text `${`.
    """)
  public static let literalSecret = Code(
    "E109", "literal secret",
    """
    Secrets do not belong in files that are kept in version control. Write `${secret:NAME}`; the value then comes from \
    the environment or from a file of that name in the folder of secrets. A secret that was once committed has to be \
    replaced at its issuer.
    """)
  public static let looksLikeSecret = Code(
    "E110", "looks like a secret",
    "A long text of mixed letters and digits where a plain setting is expected looks like a token or a key."
  )
  public static let unsafeConnection = Code(
    "E111", "unsafe connection to the source",
    """
    Only `verify-full` proves that the server is the one that was meant. `prefer` and `allow` fall back to plain text \
    without a word, `require` encrypts to anybody. On this machine (a socket or loopback) any mode is allowed, and does what \
    it says. Where the host is a setting, the mode is judged when the host is known.
    """)
  public static let plainHTTP = Code(
    "E112", "plain HTTP",
    """
    A target is reached by HTTPS. Plain HTTP is allowed to this machine only, for a sandbox, while the target's \
    `development` is true. An address with settings in it is judged when they are known, before anything is sent.
    """)
  public static let badCall = Code(
    "E113", "malformed call",
    "A call is a method and a path, `GET /users/{id}`; methods are GET, POST, PUT, PATCH and DELETE."
  )
  public static let badPlaceholder = Code(
    "E114", "wrong placeholder",
    """
    Paths take `{id}` where an object is known, and `{match.name}` and `{match.value}` where it is searched for. A call \
    that lacks its placeholder would address something else.
    """)
  public static let exclusiveKeys = Code(
    "E115", "keys that exclude each other", "Exactly one of these keys has to be there.")
  public static let ambiguousNumber = Code(
    "E116", "ambiguous number",
    """
    YAML reads text such as `05`, `4410.`, `0x1F` or `+1` as a number without quotes, and its zeros, point or sign are \
    lost. Quote it to keep it as it is, or write the number plainly.
    """)
  public static let oldBoolean = Code(
    "E117", "yes, no, on, off",
    "YAML 1.2 knows `true` and `false` only. The older words are taken for what they mean, with this warning."
  )
  public static let badName = Code(
    "E118", "malformed name",
    """
    Names of projects, sources, targets, resources and mappings are lower-case letters, digits, `-` and `_`, beginning \
    with a letter; a field's path is made of names with dots between them.
    """)
  public static let duplicateName = Code(
    "E119", "duplicate name",
    "Two files of a project declare the same name, so a reference to it could mean either.")
  public static let unknownReference = Code(
    "E120", "unknown reference",
    "A file names a source, target, resource or mapping that no file declares.")
  public static let emptyValue = Code(
    "E121", "empty value",
    "The key needs text that is not all blanks, or a list with at least one element.")
  public static let repeatedElement = Code(
    "E122", "repeated element", "The list names the same thing twice, where once says everything.")
  public static let conflictingFields = Code(
    "E123", "conflicting fields",
    """
    One field of the target is written by two rules: it is in `fields` and in `on_create`, or one path lies inside \
    another.
    """)
  public static let notAField = Code(
    "E124", "not a field of this mapping",
    "A key names a field that neither `fields` nor `on_create` writes.")
  public static let missingVariable = Code(
    "E125", "setting not given",
    "A run needs an environment variable that is not set, or is empty, and has no default.")
  public static let missingSecret = Code(
    "E126", "secret not given",
    "A run needs a secret that is neither in the environment nor in the folder of secrets.")
  public static let refersToItself = Code(
    "E127", "mapping refers to itself",
    "`after` names the mapping in which it stands; a mapping cannot wait for itself.")
  public static let badLiteral = Code(
    "E128", "not a JSON value",
    """
    A literal becomes JSON, which has no infinity and no not-a-number. Settings can be the whole literal, not a part \
    of a list or an object.
    """)
  public static let missingFolder = Code(
    "E129", "incomplete project",
    "A project has a file `crosswalk.yaml` with `sources/` and `targets/` next to it.")
  public static let flowText = Code(
    "E130", "text ends at a comma",
    """
    Inside `{ … }` and `[ … ]` unquoted text ends at a comma, and what follows is taken for a key or an element of its own: \
    `{ sql: select a, b from t }` is a query `select a` and a key `b from t`. Quote the text, or write it on a line of its \
    own.
    """)
  public static let bracedExpression = Code(
    "E131", "a brace begins a mapping",
    """
    `{` begins a mapping in YAML, so `{row.name}` is a key `row.name` without a value. An expression is written without \
    braces; one that begins with `{` or `[` is quoted.
    """)
  public static let oldBooleanText = Code(
    "E132", "yes, no, on, off as text",
    """
    YAML 1.2 takes `no` for text, older readers take it for false: Norway's `NO` is the well-known victim. Quote the word \
    where the text is meant, and write `true` or `false` where it is not.
    """)
  public static let sexagesimal = Code(
    "E133", "digits with colons",
    """
    `12:30` is text in YAML 1.2 and the number 750 to older readers. Quote it, so that everybody reads the same.
    """)
  public static let unreadName = Code(
    "E134", "file that is not read",
    """
    A project's files end with `.yaml` or `.yml`, in small letters. A file with another ending is passed over, so what it \
    declares does not exist.
    """)
  public static let circularFolder = Code(
    "E135", "folder that contains itself",
    "A symbolic link leads to a folder in which it lies, so that every file would be found again and again."
  )
  public static let badValue = Code(
    "E136", "value that no run could use",
    """
    A value, written out or from outside, is refused by what takes it: a port is a number from 1 to 65535, a scale a number \
    above 0, `development` is `true` or `false`, an address has no user and password in it, a header or a secret no line \
    breaks.
    """)
  public static let openSecret = Code(
    "E137", "secret as a plain setting",
    """
    `${NAME}` comes from the environment only. `${secret:NAME}` says that it is a secret: it is looked for in the \
    environment and then in the folder of secrets.
    """)
  public static let doubleBearer = Code(
    "E138", "bearer token with its word",
    "`bearer` is the token alone: `Bearer ` is put before it, and with the word in it the word would be sent twice."
  )
  public static let costAboveLimit = Code(
    "E140", "call larger than its window",
    "A call that counts as more than its window ever holds could never be made.")
  public static let answerNeverReached = Code(
    "E141", "rule that is never reached",
    """
    Rules under `answers` are tried one after the other, and the first that fits decides. An earlier one without `body` \
    takes every answer that this one is for.
    """)
  public static let doubtfulRetry = Code(
    "E142", "retry after a doubtful answer",
    """
    `retry` sends the same write again at once. After a time-out or a failure of the server the first one may have \
    happened, and the object would be there twice. `unknown`, the built-in meaning, has it looked up first.
    """)
  public static let batchWithoutMatch = Code(
    "E143", "batch without a field to match",
    "Answers that are told apart by a key repeat the field under `match`, which the resource lacks."
  )
  public static let refusedSuccess = Code(
    "E144", "success taken for a refusal",
    """
    A status from 200 to 299 says that the request was done. Where a vendor answers so and refuses in the body, a rule with \
    `body` tells the two apart.
    """)
  public static let limitWithoutCalls = Code(
    "E145", "limit that no call counts in",
    """
    None of the calls that the target's file declares fits the patterns under `match`, so the window is never kept to. A \
    pattern is a method and a path as under `resources`, with `*` for each stretch between slashes that varies.
    """)
  public static let badAnswerPath = Code(
    "E151", "path that cannot be followed",
    """
    A path into an answer is made of the names of members with dots between them: `meta.next`. Other notations, such as \
    `$.meta`, `items[0]` or `items[-1].id`, are not known, and one element of a list cannot be chosen.
    """)
  public static let pathToList = Code(
    "E152", "path that leads to a list",
    """
    `[]` goes into each element of a list, so the path leads to a list. An id, an object, a cursor or a count is one value.
    """)
  public static let numberInPath = Code(
    "E153", "number as a name in a path",
    """
    `data.0` leads to a member with the name `0`. If `data` is a list, nothing is ever found there.
    """)
  public static let pathAsMember = Code(
    "E154", "path instead of a member's name",
    """
    A body is wrapped in one member. A dot in its name would be sent as part of the name.
    """)
  public static let parameterTwice = Code(
    "E155", "parameter of a page given twice",
    """
    The call's own query has a parameter that `page` adds. Servers take one of the two, perhaps always the same page.
    """)
  public static let twoWinners = Code(
    "E150", "two winners of one field",
    """
    A field stands under both `target` and `if_empty` of `on_conflict`, so it cannot be told whose value is to stand \
    when it was edited at the target.
    """)
  public static let ownHeader = Code(
    "E156", "header that is not for the file",
    """
    The client sets the headers that belong to a connection and to the length of a body. With another value a server would \
    read another request than the one that was meant.
    """)
  public static let headerTwice = Code(
    "E157", "header that is there twice",
    "The names of headers are compared without regard to case. With two values each server picks one, or refuses both."
  )
  public static let otherContent = Code(
    "E158", "content that is not JSON",
    """
    Every body is JSON. `Content-Type` may name a kind of it, such as `application/merge-patch+json`, and then takes the \
    place of `application/json`.
    """)
  public static let wordTwice = Code(
    "E159", "status word with two meanings",
    "A word of a batch's status means one thing: `done`, `rejected`, `taken` or `retry`.")
  public static let previousNameInUse = Code(
    "E160", "former name that is in use",
    """
    `previous_name` gives a mapping all that the ledger knows of a mapping that is no longer there. A name that another \
    mapping of the project has keeps its own.
    """)
  public static let previousKeyIsKey = Code(
    "E161", "former key that is the key",
    """
    `previous_key` names columns that hold the key a row had before. Its link moves from there to the present key, so the \
    two must differ.
    """)
  public static let shortRest = Code(
    "E162", "rest shorter than a request",
    """
    A write whose answer is lost rests for `settle` before the target is asked what became of it. While its request can \
    still be under way, for `timeouts.total`, nothing can be told: it would be taken for lost, sent again, and be there twice.
    """)
  public static let wholeWithoutGet = Code(
    "E164", "whole objects are sent that cannot be read",
    """
    `send: whole` reads an object, puts what differs into it, and sends it back. Without a call under `get` there is nothing \
    to put it into.
    """)

  public static let sensitiveTitle = Code(
    "E170", "a sensitive field as a title",
    """
    The fields under `title` name an object in plans, which are passed on to people. A field under `sensitive` is masked \
    there, so it names nothing.
    """)

  public static let contradictoryTLS = Code(
    "E180", "TLS settings that contradict each other",
    """
    A certificate needs its key (`sslcert`, `sslkey`), authorities are for modes that check them (`sslrootcert` with \
    `verify-ca` or `verify-full`), those of the operating system are enough with `verify-full` only, and what needs TLS does \
    not go with `disable`. libpq would go on with another meaning than the file has, or fail later.
    """)

  public static let otherKind = Code(
    "E181", "not what this kind of source has",
    """
    A source is of one kind, and a mapping reads it in the way of that kind: `query` of a PostgreSQL source (`kind: postgres`, \
    the default), `file` of a folder of CSV files (`kind: csv`).
    """)
  public static let oneSignTwice = Code(
    "E182", "one sign for two things",
    "In a CSV file the delimiter and the quote differ, and so do the decimal mark and what separates thousands."
  )
  public static let columnsNeeded = Code(
    "E183", "a file without a header needs columns",
    "Without a header nothing says what the columns are: the mapping declares them, in the order of the file."
  )

  /// Of the values of fields, and so listed with those.
  public static let cutText = Code(
    "E336", "text ends at a number sign",
    """
    In YAML a comment begins at ` #`, a blank and a number sign, so `value: PO #5` is the text `PO`. Quote the text where it \
    is meant whole. A comment has a blank behind its `#`.
    """)

  /// All of them, in the order of their codes.
  public static let all: [Code] = [
    unknownKey, missingKey, wrongType, notAChoice, outOfRange, badDuration, literalAsExpression,
    badSetting, literalSecret, looksLikeSecret, unsafeConnection, plainHTTP, badCall,
    badPlaceholder,
    exclusiveKeys, ambiguousNumber, oldBoolean, badName, duplicateName, unknownReference,
    emptyValue,
    repeatedElement, conflictingFields, notAField, missingVariable, missingSecret, refersToItself,
    badLiteral, missingFolder, flowText, bracedExpression, oldBooleanText, sexagesimal,
    unreadName, circularFolder, badValue, openSecret, doubleBearer, costAboveLimit,
    answerNeverReached, doubtfulRetry, batchWithoutMatch, refusedSuccess, limitWithoutCalls,
    twoWinners, badAnswerPath, pathToList, numberInPath, pathAsMember, parameterTwice,
    ownHeader, headerTwice, otherContent, wordTwice, previousNameInUse, previousKeyIsKey,
    shortRest, wholeWithoutGet, sensitiveTitle, contradictoryTLS, otherKind,
    oneSignTwice, columnsNeeded,
  ]
}
