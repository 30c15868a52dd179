/**
 * Disks as a stack of drivers behind one checked door.
 *
 * <pre>
 *   nbd, tool ──▶ BlockDevice ──▶ RawDriver ──┬─▶ CoFile ──────▶ ThreadPool ──▶ read, write, fdatasync
 *                 checks, once    offsets     └─▶ LinuxFile ───▶ ThreadPool ──▶ fallocate
 *
 *   BufferPool: the memory that requests are read into and written from, one pool for each loop
 * </pre>
 *
 * <p>What suspends must be called in a coroutine of an event loop. The loop's thread does no file work: a
 * slow disk stops the coroutines that wait for it, and nobody else. What a coroutine wrote into a buffer
 * before a request is seen by the pool's thread, and the reverse when the request has returned, for
 * {@link dev.pirn.aio.ThreadPool} hands both over.
 */
package dev.pirn.block;
