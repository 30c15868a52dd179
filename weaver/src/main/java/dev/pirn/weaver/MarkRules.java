package dev.pirn.weaver;

import dev.pirn.weaver.Marks.Mark;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A method's mark promises no less than that of the method it overrides, for calls go by the latter.
 *
 * <pre>
 *   overridden        may be overridden by
 *   CoroutineFn       CoroutineFn, MixedFn
 *   MixedFn           MixedFn
 *   NoCoroutineFn     NoCoroutineFn, MixedFn
 *   unmarked          unmarked, MixedFn, NoCoroutineFn; CoroutineFn is a warning
 * </pre>
 */
final class MarkRules {
    private final ClassPath classes;
    private final Marks marks;
    private final List<Message> messages = new ArrayList<>();

    private MarkRules(ClassPath classes, Marks marks) {
        this.classes = classes;
        this.marks = marks;
    }

    static List<Message> check(Collection<ClassModel> models, ClassPath classes, Marks marks) {
        var rules = new MarkRules(classes, marks);
        for (ClassModel model : models) {
            for (MethodModel each : model.methods()) rules.check(model, each);
        }
        return rules.messages;
    }

    private void check(ClassModel model, MethodModel method) {
        var ref = MethodRef.of(model, method);
        List<Mark> all = Marks.all(method);
        if (all.size() > 1) {
            say(Message.Severity.ERROR, model, method, ref + " is marked " + text(all.get(0)) + " and "
                    + text(all.get(1)) + ", which contradict each other; leave one");
            return;
        }
        if (all.isEmpty() || !Marks.isOverriding(method)) return;
        Mark own = all.getFirst();
        for (ClassModel above : classes.upwards(ref.owner())) {
            if (above == model || Marks.declared(above, ref.name(), ref.descriptor()) == null) continue;
            MethodRef overridden = ref.in(above.thisClass().asInternalName());
            if (!Marks.isOverriding(Marks.declared(above, ref.name(), ref.descriptor()))) continue;
            Mark there = marks.of(overridden);
            if (breaks(own, there)) broken(model, method, overridden, own, there);
            if (own == Mark.COROUTINE && there == Mark.NONE && !isClose(overridden)) {
                escapes(model, method, overridden);
            }
        }
    }

    private static boolean breaks(Mark own, Mark overridden) {
        return switch (overridden) {
            case COROUTINE -> own == Mark.NO_COROUTINE;
            case MIXED -> own != Mark.MIXED;
            case NO_COROUTINE -> own == Mark.COROUTINE;
            case NONE -> false;
        };
    }

    /** Try-with-resources calls it by the resource's own class, mostly, so that nothing escapes. */
    private static boolean isClose(MethodRef overridden) {
        return overridden.owner().equals("java/lang/AutoCloseable")
                || overridden.owner().equals("java/io/Closeable");
    }

    private void broken(ClassModel model, MethodModel method, MethodRef overridden, Mark own, Mark there) {
        say(Message.Severity.ERROR, model, method, MethodRef.of(model, method) + " is " + text(own)
                + ", but overrides " + overridden + ", which is " + text(there) + " and called as such; mark "
                + "both the same, or this one @MixedFn if it asks Coroutine.inCoroutine first");
    }

    private void escapes(ClassModel model, MethodModel method, MethodRef overridden) {
        MethodRef ref = MethodRef.of(model, method);
        say(Message.Severity.WARNING, model, method, ref + " is a coroutine function, but overrides "
                + overridden + ", which is none: who calls it by that is not checked, and not woven; mark "
                + "that one too or, if it is not yours, have a method of another name");
    }

    private static String text(Mark mark) {
        return switch (mark) {
            case COROUTINE -> "@CoroutineFn";
            case MIXED -> "@MixedFn";
            case NO_COROUTINE -> "@NoCoroutineFn";
            case NONE -> "unmarked";
        };
    }

    private void say(Message.Severity severity, ClassModel model, MethodModel method, String text) {
        messages.add(new Message(severity, MethodScan.file(model), line(model, method), text));
    }

    /** Of a bridge, which has no line of its own, that of the method which it leads to. */
    private static int line(ClassModel model, MethodModel method) {
        if (!method.flags().has(AccessFlag.BRIDGE)) return MethodScan.line(method);
        return model.methods().stream().filter(each -> Marks.leadsTo(method, model, each)).findFirst()
                .map(MethodScan::line).orElse(0);
    }
}
