/**
 * The event loop (QEMU's AioContext), and what coroutines wait on in it.
 *
 * <pre>
 *   Group  Timeout ──▶ Task: bodies in coroutines of their own
 *   Sleeper  sleep ──▶ Timer
 *   CoSocket  CoServerSocket  CoFile ──▶ ThreadPool      CoTls ──▶ CoSocket
 *       │           │           │            │
 *       └───────────┴───────────┴────────────┴──▶ Completion ──▶ Coroutine.wake
 *                                                 complete once, await once
 *   EventLoop: Watch (readiness), EventNotifier, Timer, BottomHalf, scheduled coroutines
 *                                            ──▶ one thread, turn by turn
 * </pre>
 *
 * <p>A class says whether a method suspends the calling coroutine. What suspends must be called inside a
 * coroutine that runs in an event loop. Nothing here blocks the loop's thread but its own wait for events.
 */
package dev.pirn.aio;
