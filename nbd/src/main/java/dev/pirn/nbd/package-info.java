/**
 * The NBD server, and the client. Names in capitals are those of the protocol document of
 * NetworkBlockDevice/nbd, {@code doc/proto.md}; {@code docs/formats/nbd.md} says, section by section, what is
 * done.
 *
 * <pre>
 *   NbdServer.serve ──accept──▶ Connection, a coroutine: the receiver
 *                                 │  Handshake: options and answers, one after the other; what was
 *                                 │  agreed on are its Terms, and how messages look their Framing
 *                                 │  then requests, many from one read(2), by RequestReader, each to a
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
 *
 * <p>The client is the other way round, and has as many bounds:
 *
 * <pre>
 *   NbdClient.open ──▶ BlockDevice ──▶ NbdDriver: cuts, aligns, does otherwise what the server cannot
 *                                        │
 *                                        ▼
 *   Session, a coroutine: keeps a      Calls: who waits for which reply, and what is sent again
 *   Link, past its ClientHandshake,      │                                ▲
 *   which may begin with ClientTls       ▼                                │
 *                                      RequestSender, a coroutine       ReplyReader, a coroutine
 * </pre>
 */
package dev.pirn.nbd;
