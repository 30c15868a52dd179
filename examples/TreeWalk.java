import dev.pirn.CoroutineFn;
import dev.pirn.Generator;
import java.util.List;

/** A tree is walked by plain recursion, and read as an iterator or a stream: each step costs one enter. */
public class TreeWalk {
    record Folder(String name, List<Folder> inside) {
        static Folder of(String name, Folder... inside) {
            return new Folder(name, List.of(inside));
        }
    }

    @CoroutineFn
    static void walk(Folder folder, String above, Generator.Out<String> out) {
        String path = above + "/" + folder.name();
        out.yield(path);                                       // from any depth, to whoever asks
        for (Folder each : folder.inside()) walk(each, path, out);
    }

    static Generator<String> paths(Folder root) {
        return Generator.of("paths", out -> {
            try {
                walk(root, "", out);
                System.out.println("(walked to the end)");
            } finally {
                System.out.println("(let go)");
            }
        });
    }

    public static void main(String[] arguments) {
        var root = Folder.of("pirn",
                Folder.of("core", Folder.of("src"), Folder.of("target")),
                Folder.of("docs"));

        try (var paths = paths(root)) {
            for (String path : paths.iterable()) System.out.println(path);
        }
        try (var paths = paths(root).stream()) {               // closing the stream closes the generator
            System.out.println(paths.filter(path -> path.endsWith("src")).findFirst().orElseThrow());
        }
    }
}
