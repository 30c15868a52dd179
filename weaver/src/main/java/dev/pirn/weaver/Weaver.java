package dev.pirn.weaver;

import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** Weaves classes: turns their coroutine functions into ones that suspend by returning. */
public final class Weaver {
    /**
     * What may be chosen.
     *
     * @param hybrid whether methods that cannot be woven are left to the JVM, with a warning
     */
    public record Options(boolean hybrid) { }

    /**
     * What came of it.
     *
     * @param classes changed and new ones, by internal name
     * @param messages errors among them mean that the classes must not be used
     */
    public record Result(Map<String, byte[]> classes, List<Message> messages) { }

    private Weaver() { }

    /** Weaves the classes of those internal names; whatever else they need comes from {@code source}. */
    public static Result weave(Collection<String> names, ClassSource source, Options options) {
        var batch = new Batch(new LinkedHashSet<>(names), source, options.hybrid());
        for (String each : names) weave(batch, each);
        return new Result(batch.made, batch.messages);
    }

    private static void weave(Batch batch, String name) {
        ClassModel host = batch.classes.find(name);
        var weavers = new ArrayList<MethodWeaver>();
        for (MethodModel each : host.methods()) {
            boolean marked = batch.marks.of(host, each) == Marks.Mark.COROUTINE;
            if (!marked || Batch.hasTwin(host, each)) continue;
            weavers.add(new MethodWeaver(batch, host, each, false, (_, _) -> false));
        }
        if (weavers.isEmpty()) return;
        byte[] bytes = Batch.CLASS_FILE.transformClass(host, ClassTransform.endHandler(to ->
                weavers.forEach(each -> each.weave(to))));
        batch.made.put(name, bytes);
    }
}
