import Diagnostics

/// The diagnostics of reading files and YAML.
public enum Codes {
  public static let missingFile = Code(
    "E001", "file not found",
    "A file or folder that the command line or another file names does not exist.")
  public static let unreadableFile = Code(
    "E002", "file cannot be read",
    "The file exists but cannot be read: it is a folder or a device, or its permissions forbid it.")
  public static let leadsOut = Code(
    "E166", "link that leads out of the project",
    """
    A symbolic link in the project, or in the folder of its schemas, leads to a place outside. It is not followed: what \
    messages show of a file could be somebody's secret. Links that stay within the same folder, such as those of a mounted \
    ConfigMap, are.
    """)
  public static let tooLarge = Code(
    "E003", "file too large",
    "A file may have at most 1 MiB. Mappings are a few kilobytes; a larger file is data that went astray."
  )
  public static let empty = Code(
    "E004", "empty file",
    "The file holds nothing but blanks and comments, where keys and values are expected.")
  public static let notUTF8 = Code(
    "E005", "not UTF-8",
    """
    Files are read as UTF-8 and as nothing else. The place is the first byte that cannot be UTF-8. Save the file \
    again with the encoding UTF-8.
    """)
  public static let controlCharacter = Code(
    "E006", "control character",
    """
    YAML forbids control characters other than tab and line breaks. They come from copying out of terminals and \
    spreadsheets and are not visible in most editors.
    """)
  public static let tab = Code(
    "E007", "tab in the indentation",
    "YAML indents by spaces only. Editors can be told to write spaces when the tab key is pressed.")
  public static let syntax = Code(
    "E008", "YAML syntax",
    """
    The text is not YAML from this place on. Reading of this file stops here, so there may be more to say once this \
    is corrected; other files are read all the same.
    """)
  public static let needsQuotes = Code(
    "E009", "text needs quotes",
    """
    Text without quotes ends at characters that mean something to YAML: `{`, `}`, `[`, `]` and `,` inside `{ … }` and \
    `[ … ]`, and `: ` everywhere. Nor can it begin with a quote and go on behind the closing one, or begin with `@`, \
    `%` or a backtick. Put the whole value between single quotes, and write a single quote inside twice.
    """)
  public static let duplicateKey = Code(
    "E010", "duplicate key",
    "A key stands twice in one mapping. YAML parsers differ in which one they take, so neither is taken."
  )
  public static let mergeKey = Code(
    "E011", "merge key",
    """
    `<<` merged mappings in YAML 1.1 and is gone from YAML 1.2. Write the keys where they count; a whole value can be \
    repeated with an anchor and an alias.
    """)
  public static let tag = Code(
    "E012", "tag",
    """
    Tags such as `!!str` or `!include` are not part of the language: types follow from the keys. An expression that \
    begins with `!` has to be quoted.
    """)
  public static let tooDeep = Code(
    "E013", "nested too deeply",
    "Mappings and lists may be nested 64 deep, aliases included.")
  public static let severalDocuments = Code(
    "E014", "more than one document",
    "A file holds one YAML document. Behind `---` a second one begins, which belongs in its own file."
  )
  public static let alias = Code(
    "E015", "alias",
    """
    An alias (`*name`) must come behind the anchor (`&name`) that it repeats and may not stand inside it. All aliases \
    of a file together may repeat 10,000 nodes at most. An expression cannot begin with `*` or `&` unless quoted.
    """)
  public static let complexKey = Code(
    "E016", "key is not text",
    "A key is a text on one line. Lists, mappings and empty keys cannot be keys here.")
  public static let byteOrderMark = Code(
    "E017", "byte order mark",
    "The file begins with a byte order mark, which UTF-8 does not need and some tools stumble over."
  )

  public static let oddSpace = Code(
    "E018", "space that is none to YAML",
    """
    A no-break space, or another one that looks like a blank, stands where a line is indented. YAML indents by ordinary \
    blanks and takes every other character for text. Such spaces come from copying out of documents and web pages.
    """)

  /// All of them, in the order of their codes.
  public static let all: [Code] = [
    missingFile, unreadableFile, tooLarge, empty, notUTF8, controlCharacter, tab, syntax,
    needsQuotes,
    duplicateKey, mergeKey, tag, tooDeep, severalDocuments, alias, complexKey, byteOrderMark,
    oddSpace, leadsOut,
  ]
}
