extension Sandbox {
  /// The pretended systems that are served.
  public var systems: [PretendSystem] { [safetyamp, samsara, generic].compactMap { $0 } }

  /// The settings by which the shipped mappings find the pretended systems.
  public var environment: [String: String] {
    var environment = ["SAMSARA_DRIVER_PASSWORD": "changed-at-first-login"]
    for (system, prefix) in [(safetyamp, "SAFETYAMP"), (samsara, "SAMSARA")] {
      environment[prefix + "_URL"] = system?.url
      environment[prefix + "_TOKEN"] = system?.token
      environment[prefix + "_FQDN"] = system?.fqdn
    }
    return environment
  }
}
