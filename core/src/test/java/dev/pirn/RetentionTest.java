package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.ref.WeakReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What has ended keeps no value alive. A suspended body may: its frames do.
 */
class RetentionTest {
    private static void assertCollected(WeakReference<Object> value) {
        for (int i = 0; i < 100 && value.get() != null; i++) System.gc();
        assertNull(value.get());
    }

    @ParameterizedTest @EnumSource
    void anEndedWrapKeepsNeitherItsResultNorWhatWasRefused(Backend backend) {
        Wrap<Object, Object> wrap = Wrap.of(backend, "w", (w, first) -> new Object());
        assertCollected(new WeakReference<>(wrap.resume(null)));
        assertCollected(refused(wrap));
        assertEquals("wrap of coroutine \"w\" (done)", wrap.toString()); // Alive itself until here.
    }

    private static WeakReference<Object> refused(Wrap<Object, Object> wrap) {
        var value = new Object();
        assertThrows(IllegalStateException.class, () -> wrap.resume(value));
        return new WeakReference<>(value);
    }

    @ParameterizedTest @EnumSource
    void anEndedGeneratorKeepsNoElement(Backend backend) {
        var generator = Generator.<Object>of(backend, "g", out -> out.yield(new Object()));
        var taken = new WeakReference<>(generator.next());
        assertFalse(generator.hasNext());
        assertCollected(taken);
        assertEquals("generator of coroutine \"g\" (done)", generator.toString());
    }
}
