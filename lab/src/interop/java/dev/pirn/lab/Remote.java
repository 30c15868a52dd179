package dev.pirn.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * An export, as clients are told of it.
 *
 * @param uri for libnbd's tools, and fio
 * @param objects what QEMU's tools must be told before
 * @param image for QEMU's tools, with {@code --image-opts}
 */
record Remote(String uri, List<String> objects, String image) {
    /** Runs a verb of qemu-img that takes {@code more} behind this image; returns its stdout. */
    String qemuImg(String verb, String... more) throws InterruptedException {
        return qemuImg(List.of(verb), List.of(more));
    }

    /** The same, with what stands before this image. */
    String qemuImg(List<String> verb, List<String> more) throws InterruptedException {
        var arguments = new ArrayList<>(verb);
        arguments.addAll(objects);
        arguments.add("--image-opts");
        arguments.add(image);
        arguments.addAll(more);
        return Clients.run("qemu-img", arguments.toArray(String[]::new));
    }

    /** Starts qemu-io with these commands. Its reads with {@code -P} compare. */
    Run startQemuIo(String... commands) {
        var arguments = new ArrayList<>(objects);
        arguments.add("--image-opts");
        for (String each : commands) arguments.addAll(List.of("-c", each));
        arguments.add(image);
        return Clients.start("qemu-io", arguments.toArray(String[]::new));
    }
}
