/**
 * Disks as a stack of drivers behind one checked door.
 *
 * <pre>
 *                               filters, where asked for: dev.pirn.block.filter
 *                               ▼
 *   nbd, tool ──▶ BlockDevice ──▶ RawDriver ──┬─▶ NativeFile ──┬───────────▶ page cache, at once
 *                 checks, once    offsets     │    ▲           └─▶ AsyncIo: what waits for a disk
 *                                             │    │ aligned           ├─▶ PoolIo ──▶ ThreadPool
 *                                             ├─▶ DirectFile           └─▶ RingIo ──▶ LoopRing ──▶ io_uring
 *                                             │   past the page cache                 Ring, Bell
 *                                             └─▶ ChannelFile ──▶ ThreadPool: all, where the system is not
 *                                                                 Linux, or native access not allowed
 *
 *   Driver: any other disk, as the NBD client's; BlockDevice.of puts the door before it
 *
 *   BufferPool: the memory that requests are read into and written from, one pool for each loop
 * </pre>
 *
 * <p>What suspends must be called in a coroutine of an event loop. The loop's thread reads what is
 * in memory already, and writes there; for all else a slow disk stops the coroutines that wait for it, and
 * nobody else ({@link dev.pirn.block.RawOptions} says what is left, and how to have every write in the pool).
 * What a coroutine wrote into a buffer
 * before a request is seen by the pool's thread or the kernel, and the reverse when the request has
 * returned, for {@link dev.pirn.aio.ThreadPool} and the ring's tails hand both over.
 */
package dev.pirn.block;
