package dev.pirn.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How clients reach the server. */
enum Transport {
    TCP {
        @Override
        List<String> options(Path folder) {
            return List.of("--port", "0");
        }
    },
    UNIX {
        @Override
        List<String> options(Path folder) {
            return List.of("--socket", folder.resolve("socket").toString());
        }
    };

    /** What tells {@code serve} to use it. */
    abstract List<String> options(Path folder);

    /** Serves {@code image} over it. */
    Server serve(Path image, String... more) throws Exception {
        var arguments = new ArrayList<String>();
        arguments.add(image.toString());
        arguments.addAll(options(image.getParent()));
        arguments.addAll(List.of(more));
        return Server.start(arguments.toArray(String[]::new));
    }
}
