package dev.pirn.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What clients must not be able to tell apart: one of the ways in which {@code serve} can work. */
record Row(Engine engine, Transport transport) {
    static List<Row> all() {
        return Stream.of(Engine.values())
                .flatMap(engine -> Stream.of(Transport.values()).map(each -> new Row(engine, each))).toList();
    }

    /** Those in which clients need no more than the URI that the server prints. */
    static List<Row> plain() {
        return all().stream().filter(each -> each.transport != Transport.TLS).toList();
    }

    /** Serves {@code image} in this way, with what that needs in {@code folder}. */
    Server serve(Path folder, Path image, String... more) throws Exception {
        var arguments = new ArrayList<>(List.of("--engine", engine.name()));
        arguments.addAll(List.of(more));
        return transport.serve(folder, image, arguments.toArray(String[]::new));
    }

    @Override
    public String toString() {
        return engine + " " + transport;
    }
}
