// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "crosswalk",
  products: [
    .executable(name: "crosswalk", targets: ["crosswalk"]),
    .executable(name: "crosswalk-sandbox", targets: ["crosswalk-sandbox"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
  ],
  targets: [
    // C parts, found through pkg-config; `script/setup` installs them.
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

    // Words and forms.
    .target(name: "Diagnostics"),
    .target(name: "JSON"),
    .target(name: "SQLText"),
    .target(name: "Rows", dependencies: ["Diagnostics"]),
    .target(name: "Expressions", dependencies: ["CRE2"]),

    // YAML text → Document → Mapping → Program.
    .target(name: "Documents", dependencies: ["CLibYAML", "Diagnostics", "JSON"]),
    .target(name: "Mappings", dependencies: ["Diagnostics", "Documents", "JSON", "Rows"]),
    .target(
      name: "Programs",
      dependencies: [
        "Diagnostics", "Documents", "Expressions", "JSON", "Mappings", "Rows", "SQLText",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),

    // rows → records → changes → requests → outcomes, without I/O.
    .target(
      name: "Engine",
      dependencies: [
        "Diagnostics", "Expressions", "JSON", "Mappings", "Programs", "Rows",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),

    // The ports' other sides.
    .target(
      name: "Ledger",
      dependencies: [
        "Engine", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .target(name: "Postgres", dependencies: ["CLibPQ", "Rows", "SQLText"]),
    .target(name: "CSV", dependencies: ["Rows"]),
    .target(name: "Sorting", dependencies: ["Rows"]),
    .target(name: "HTTP", dependencies: ["CLibCurl"]),

    // What can be done, without a terminal.
    .target(
      name: "Operations",
      dependencies: [
        "CSV", "Diagnostics", "Documents", "Engine", "Expressions", "HTTP", "JSON", "Ledger",
        "Mappings", "Postgres", "Programs", "Rows", "Sorting",
      ]),

    // Simulated targets, and sample data.
    .target(
      name: "Sandbox",
      dependencies: [
        "JSON", .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(name: "SandboxDatabase"),
    .executableTarget(
      name: "crosswalk-sandbox",
      dependencies: [
        "Diagnostics", "Documents", "JSON", "Mappings", "Sandbox", "SandboxDatabase", "Signals",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Interrupts, for the two programs.
    .target(name: "Signals"),

    .executableTarget(
      name: "crosswalk",
      dependencies: [
        "Diagnostics", "Documents", "Engine", "Expressions", "JSON", "Ledger", "Mappings",
        "Operations", "Signals",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "conformance", dependencies: ["Expressions"], path: "Sources/Conformance"),
    .executableTarget(
      name: "simulate",
      dependencies: [
        "Diagnostics", "Documents", "Engine", "JSON", "Ledger", "Mappings", "Programs", "Rows",
      ], path: "Sources/Simulation"),

    .target(name: "Allocations", path: "Benchmarks/Allocations"),
    .executableTarget(
      name: "bench-expressions", dependencies: ["Allocations", "Expressions"],
      path: "Benchmarks/Expressions"),

    .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "SQLTextTests", dependencies: ["SQLText"]),
    .testTarget(name: "RowsTests", dependencies: ["Rows"]),
    .testTarget(name: "ExpressionsTests", dependencies: ["Expressions"]),
    .testTarget(name: "ConformanceTests", dependencies: ["conformance"]),
    .testTarget(name: "SimulationTests", dependencies: ["simulate"]),
    .testTarget(name: "DocumentsTests", dependencies: ["Documents"]),
    .testTarget(name: "MappingsTests", dependencies: ["Mappings"]),
    .testTarget(
      name: "LedgerTests",
      dependencies: ["Engine", "Ledger", "simulate", .product(name: "GRDB", package: "GRDB.swift")]),
    .testTarget(
      name: "PostgresTests", dependencies: ["Loopback", "Postgres", "Rows", "SandboxDatabase"]),
    .testTarget(name: "CSVTests", dependencies: ["CSV", "Rows"]),
    .testTarget(name: "SortingTests", dependencies: ["Rows", "Sorting"]),
    .target(name: "Loopback", path: "Tests/Loopback"),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "Loopback"]),
    .testTarget(
      name: "FaultTests",
      dependencies: [
        "Engine", "JSON", "Ledger", "Loopback", "Mappings", "Operations", "Programs", "Rows",
        "Sandbox",
      ]),
    .testTarget(name: "SandboxTests", dependencies: ["Sandbox", "JSON"]),
    .testTarget(name: "DeliveryTests"),
    .testTarget(name: "SandboxDatabaseTests", dependencies: ["SandboxDatabase"]),
    .testTarget(
      name: "ProgramsTests",
      dependencies: [
        "Diagnostics", "Documents", "Expressions", "JSON", "Mappings", "Programs", "Rows",
        "SQLText",
      ]),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Diagnostics", "Documents", "Engine", "JSON", "Ledger", "Mappings", "Programs", "Rows",
      ]),
    .testTarget(
      name: "JourneyTests",
      dependencies: [
        "crosswalk", "crosswalk-sandbox", "Engine", "JSON", "Ledger", "Operations", "Sandbox",
        "SandboxDatabase",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "DocsTests",
      dependencies: [
        "crosswalk", "Diagnostics", "Documents", "Mappings", "Operations",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  cxxLanguageStandard: .cxx17
)
