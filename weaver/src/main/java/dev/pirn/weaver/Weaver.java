package dev.pirn.weaver;

import java.io.UncheckedIOException;
import java.lang.classfile.ClassModel;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

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
        return weave(new Batch(new LinkedHashSet<>(names), _ -> false, source, options.hybrid()));
    }

    /** Weaves one class; those that are {@code woven} are woven one by one too, each when it is loaded. */
    static Result weave(String name, Predicate<String> woven, ClassSource source, Options options) {
        return weave(new Batch(Set.of(name), woven, source, options.hybrid()));
    }

    private static Result weave(Batch batch) {
        for (String each : batch.names) weave(batch, each);
        return new Result(batch.made, batch.messages);
    }

    private static void weave(Batch batch, String name) {
        if (!batch.classes.contains(name)) {
            throw new IllegalArgumentException("no class " + name + " in its source");
        }
        try {
            ClassModel host = batch.classes.find(name);
            if (host == null) {
                batch.messages.add(new Message(Message.Severity.INFO, name + ".class", 0,
                        "is of a class of another name, and left alone: nobody can load it from there"));
            } else {
                new HostWeaver(batch, host).weave();
            }
        } catch (UncheckedIOException e) {
            throw e; // Of the source.
        } catch (RuntimeException e) {
            Message why = new Unreadable(batch).message(name, e);
            if (!batch.messages.contains(why)) batch.messages.add(why);
        }
    }
}
