/**
 * The NBD server. Names in capitals are those of the protocol document of NetworkBlockDevice/nbd,
 * {@code doc/proto.md}; {@code docs/formats/nbd.md} says, section by section, what is done.
 *
 * <pre>
 *   NbdServer.serve ──accept──▶ Connection, a coroutine: the receiver
 *                                 │  Handshake: options and answers, one after the other
 *                                 │  then requests, many from one read(2), each to a
 *                                 ▼
 *                               Transaction, a coroutine for each request in flight ──▶ BlockDevice
 *                                 │
 *                                 ▼ in the order they are done
 *                               ReplyQueue, a coroutine: the sender, several replies to one writev(2)
 * </pre>
 *
 * <p>Everything of one server runs in one event loop, so nothing here is locked. A connection is bounded in
 * requests and in bytes ({@link dev.pirn.nbd.Limits}): what it has taken of either comes back when the reply
 * was sent. So a client that reads no replies is soon not read from.
 */
package dev.pirn.nbd;
