import CLibCurl
import Foundation

// The functions that libcurl calls, each handing over to the transfer behind the context pointer.

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

func onSocket(
  _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let transfer = transfer(context), let address else { return -1 }
  let bytes = UnsafeRawBufferPointer(
    start: curl_shim_address_bytes(address), count: Int(address.pointee.addrlen))
  guard transfer.mayConnect(to: bytes) else { return -1 }
  #if os(Linux)
    let kind = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
  #else
    let kind = address.pointee.socktype
  #endif
  return socket(address.pointee.family, kind, address.pointee.protocol)
}

func onRequest(
  _ context: UnsafeMutableRawPointer?, _ remoteAddress: UnsafeMutablePointer<CChar>?,
  _ localAddress: UnsafeMutablePointer<CChar>?, _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
  transfer(context)?.mayIssue() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

func onHeader(
  _ line: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let bytes = UnsafeRawBufferPointer(start: line, count: size * count)
  return transfer(context)?.receiveHeader(bytes) == true ? bytes.count : refusal(of: bytes.count)
}

func onWrite(
  _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
  return transfer(context)?.receiveBody(bytes) == true ? bytes.count : refusal(of: bytes.count)
}

/// Any count but the one offered makes libcurl give up.
private func refusal(of count: Int) -> Int { count == 0 ? 1 : 0 }
