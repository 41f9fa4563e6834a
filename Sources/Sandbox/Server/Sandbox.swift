import JSON

/// The pretend systems of one sandbox, listening on this machine until it is stopped.
public final class Sandbox: Sendable, CustomStringConvertible {
  public let safetyamp: PretendSystem?
  public let samsara: PretendSystem?
  public let generic: PretendSystem?
  private let genericBase: String
  private let listeners: [Listener]

  /// Begins to listen, on free ports unless the configuration names others.
  ///
  /// - Parameters:
  ///   - clock: Measures windows, delays and index lag.
  /// - Throws: `SandboxError` when a port cannot be had.
  public static func start(
    _ configuration: SandboxConfiguration = SandboxConfiguration(),
    clock: some Clock<Duration> = ContinuousClock()
  ) async throws(SandboxError) -> Sandbox {
    let time = SandboxTime(clock, startedAt: configuration.startedAt)
    let safetyamp = configuration.safetyamp.map { settings in
      PretendSystem(
        name: "safetyamp", token: settings.token, fqdn: settings.fqdn, elapsed: time.elapsed
      ) {
        let moment = Moment(elapsed: time.elapsed(), startedAt: time.startedAt)
        return configuration.state(
          SafetyAmp(settings, at: moment), settings.windows, startedAt: time.startedAt)
      }
    }
    let samsara = configuration.samsara.map { settings in
      PretendSystem(name: "samsara", token: settings.token, elapsed: time.elapsed) {
        configuration.state(Samsara(settings), settings.windows, startedAt: time.startedAt)
      }
    }
    let generic = configuration.generic.map { collection in
      PretendSystem(name: "generic", token: collection.token, elapsed: time.elapsed) {
        configuration.state(Generic(collection), collection.windows, startedAt: time.startedAt)
      }
    }
    let wanted = [
      (safetyamp, configuration.safetyampPort), (samsara, configuration.samsaraPort),
      (generic, configuration.genericPort),
    ]
    var listeners: [Listener] = []
    do {
      for (system, port) in wanted {
        guard let system else { continue }
        listeners.append(
          try await Listener.start(system, host: configuration.host, port: port, time: time))
      }
    } catch {
      for listener in listeners { await listener.stop() }
      throw error
    }
    return Sandbox(safetyamp, samsara, generic, configuration.generic?.basePath ?? "", listeners)
  }

  private init(
    _ safetyamp: PretendSystem?, _ samsara: PretendSystem?, _ generic: PretendSystem?,
    _ genericBase: String, _ listeners: [Listener]
  ) {
    self.safetyamp = safetyamp
    self.samsara = samsara
    self.generic = generic
    self.genericBase = genericBase
    self.listeners = listeners
  }

  /// Closes every connection and gives the ports back.
  public func stop() async {
    for listener in listeners { await listener.stop() }
  }

  /// Where the systems are and how to call them, as one line of JSON.
  public var description: String {
    var members: [(String, JSON?)] = []
    for system in [safetyamp, samsara, generic].compactMap(\.self) {
      let base: JSON? = system.name == "generic" ? .string(genericBase) : nil
      members.append(
        (
          system.name,
          .object(of: [
            ("url", .string(system.url)), ("token", .string(system.token)),
            ("fqdn", system.fqdn.map(JSON.string)), ("base_path", base),
            (
              "resources",
              base.map { _ in .array(system.resources.map(JSON.string)) }
            ),
          ])
        ))
    }
    return JSON.object(of: members).description
  }
}

extension SandboxConfiguration {
  fileprivate func state(
    _ vendor: any Vendor, _ windows: [RateWindow], startedAt: Int64
  ) -> PretendState {
    PretendState(
      vendor: vendor, windows: windows, timeScale: timeScale, seed: seed, startedAt: startedAt)
  }
}
