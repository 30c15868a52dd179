package dev.pirn.lab.bench

import kotlin.coroutines.Continuation
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.intrinsics.COROUTINE_SUSPENDED
import kotlin.coroutines.intrinsics.createCoroutineUnintercepted
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn
import kotlin.coroutines.resume

/**
 * What the Kotlin compiler makes of functions that suspend, with no more around it than enter and yield need:
 * no dispatcher, no job, no interceptor, no check of who enters.
 */
class KotlinPeer(body: suspend KotlinPeer.() -> Unit) : Continuation<Unit> {
    override val context get() = EmptyCoroutineContext
    private var next: Continuation<Unit>? = body.createCoroutineUnintercepted(this, this)

    fun enter() {
        next!!.resume(Unit)
    }

    suspend fun pause() {
        suspendCoroutineUninterceptedOrReturn<Unit> {
            next = it
            COROUTINE_SUSPENDED
        }
    }

    override fun resumeWith(result: Result<Unit>) {
        next = null
        result.getOrThrow()
    }

    companion object {
        @JvmStatic fun empty() = KotlinPeer { }

        @JvmStatic fun once() = KotlinPeer { pause() }

        @JvmStatic fun forever() = KotlinPeer { while (true) pause() }

        /** Suspends below [frames] calls, again and again: only the innermost goes on. */
        @JvmStatic fun below(frames: Int) = KotlinPeer { pauseBelow(frames) }

        private suspend fun KotlinPeer.pauseBelow(frames: Int): Int {
            if (frames > 1) return pauseBelow(frames - 1) + 1
            while (true) pause()
        }

        /** Goes [frames] calls down, suspends once, returns from all of them, and again. */
        @JvmStatic fun descending(frames: Int) = KotlinPeer { while (true) descend(frames) }

        private suspend fun KotlinPeer.descend(frames: Int): Int {
            if (frames > 1) return descend(frames - 1) + 1
            pause()
            return 1
        }

        @JvmStatic fun elements(): Iterator<String> = iterator { while (true) yield("element") }

        @JvmStatic fun sequenceElements(): Iterator<String> =
            sequence { while (true) yield("element") }.iterator()
    }
}
