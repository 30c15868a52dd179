package dev.pirn.weaver;

import dev.pirn.weaver.Marks.Mark;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Finds calls that must not be, by the marks of coroutine functions; works on class files, woven or not.
 *
 * <pre>
 *   class files ──▶ MethodScan: who calls, and hands over, what ──▶ CallGraph
 *                                                                       │
 *     CallRules  a coroutine function is called where none may be ◀─────┤
 *     DownRules  coroutine functions come to what blocks          ◀─────┤
 *     MarkRules  a mark that contradicts another                  ◀─────┘
 * </pre>
 */
public final class Checker {
    private Checker() { }

    /**
     * Checks classes, together: a way from one call to the next is seen as long as it leads through them.
     *
     * @param names their internal names
     * @param source where they are, and what they use. Classes of the JDK that it has not are taken from the
     *     JDK that runs this
     * @return what is wrong, by file and line
     */
    public static List<Message> check(Collection<String> names, ClassSource source) {
        var classes = new ClassPath(name -> {
            byte[] bytes = source.find(name);
            return bytes == null ? ofJdk(name) : bytes;
        });
        var marks = new Marks(classes);
        var models = new ArrayList<ClassModel>();
        var methods = new ArrayList<CheckedMethod>();
        for (String name : new LinkedHashSet<>(names)) {
            ClassModel model = classes.find(name);
            if (model == null) {
                throw new IllegalArgumentException("the class " + name + ", which is to be checked, is not "
                        + "in its source");
            }
            models.add(model);
            methods.addAll(MethodScan.of(model, marks));
        }
        var graph = new CallGraph(classes, names, methods);
        var messages = new LinkedHashSet<Message>();
        messages.addAll(MarkRules.check(models, classes, marks));
        messages.addAll(CallRules.check(graph, marks));
        messages.addAll(DownRules.check(graph, classes, marks));
        return messages.stream().sorted(Comparator.comparing(Message::file).thenComparing(Message::line))
                .toList();
    }

    private static byte[] ofJdk(String name) {
        try (InputStream in = ClassLoader.getPlatformClassLoader().getResourceAsStream(name + ".class")) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code Echo.main → helper → Pipe.read}: a class is named where it changes. */
    static String text(List<CheckedMethod> way, MethodRef last) {
        var text = new StringBuilder();
        String owner = "";
        for (CheckedMethod each : way) {
            text.append(element(each.ref, owner)).append(" → ");
            owner = each.ref.owner();
        }
        return text.append(element(last, owner)).toString();
    }

    private static String element(MethodRef method, String ownerBefore) {
        return method.owner().equals(ownerBefore) && !method.isConstructor() ? method.memberName()
                : method.toString();
    }

    static Message error(CheckedMethod at, Call call, String text) {
        return new Message(Message.Severity.ERROR, at.file, call.line(), text);
    }

    static Message warning(CheckedMethod at, Call call, String text) {
        return new Message(Message.Severity.WARNING, at.file, call.line(), text);
    }

    /** True if it may run in a coroutine, and what it calls may suspend that. */
    static boolean maySuspend(Mark mark) {
        return mark == Mark.COROUTINE || mark == Mark.MIXED;
    }
}
