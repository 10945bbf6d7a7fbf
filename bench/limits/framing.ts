/** One unmasked binary websocket frame, as a server sends it. */
export function websocketFrame(payload: string): Buffer {
  const size = Buffer.byteLength(payload)
  const head = size < 126 ? 2 : size < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + size)
  frame[0] = 0x82
  if (head === 2) frame[1] = size
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(size, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(size), 2)
  }
  frame.write(payload, head)
  return frame
}

/** A Twilsock frame around a header and a payload, ready for a socket (wire-protocol §2.1). */
export function twilsockFrame(header: string, payload: string): Buffer {
  return websocketFrame(`TWILSOCK V3.0 ${Buffer.byteLength(header)}\r\n${header}\r\n${payload}`)
}
