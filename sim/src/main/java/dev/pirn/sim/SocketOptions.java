package dev.pirn.sim;

import java.net.SocketOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The options of a simulated socket: kept, and of no effect. */
final class SocketOptions {
    private final Set<SocketOption<?>> supported;
    private final Map<SocketOption<?>, Object> values = new HashMap<>();

    SocketOptions(Set<SocketOption<?>> supported) {
        this.supported = supported;
    }

    Set<SocketOption<?>> supported() {
        return supported;
    }

    <T> void set(SocketOption<T> option, T value) {
        require(option);
        values.put(option, value);
    }

    <T> T get(SocketOption<T> option) {
        require(option);
        Object value = values.get(option);
        if (value == null) value = option.type() == Boolean.class ? (Object) false : (Object) 0;
        return option.type().cast(value);
    }

    private void require(SocketOption<?> option) {
        if (supported.contains(Objects.requireNonNull(option))) return;
        throw new UnsupportedOperationException(option + " of a simulated socket; it has " + supported);
    }
}
