package dev.pirn.weaver;

import java.lang.classfile.Annotation;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.Interfaces;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.RuntimeInvisibleAnnotationsAttribute;
import java.lang.classfile.attribute.SignatureAttribute;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;

/**
 * Weaves one class.
 * <pre>
 *   host ─▶ HostLambdas: lambdas get classes of their own ─▶ MethodWeaver, for each coroutine function
 *        ─▶ Twins: where inherited ones would be ambiguous ─▶ marked as woven
 * </pre>
 */
final class HostWeaver {
    private static final ClassDesc MARK = ClassDesc.of("dev.pirn.WovenClass");
    private static final ClassDesc WOVEN = ClassDesc.of("dev.pirn.Woven");

    private final Batch batch;
    private final ClassModel host;
    private final List<MethodWeaver> weavers = new ArrayList<>();
    private boolean isEntry; // It may be what a coroutine runs: an interface's method has a twin.

    HostWeaver(Batch batch, ClassModel host) {
        this.batch = batch;
        this.host = host;
    }

    /** Whether the class has been woven before. */
    static boolean isWoven(ClassModel model) {
        return model.findAttribute(Attributes.runtimeInvisibleAnnotations()).stream()
                .flatMap(all -> all.annotations().stream())
                .anyMatch(each -> each.classSymbol().equals(MARK));
    }

    void weave() {
        if (isWoven(host)) return;
        batch.doubts.ofHost(host);
        var lambdas = new HostLambdas(batch, host);
        ClassModel plain = lambdas.isEmpty() ? host : ClassFile.of().parse(lambdas.replaced());
        for (MethodModel each : plain.methods()) add(plain, each, lambdas);
        var ambiguous = new AmbiguousTwins(batch, host);
        if (weavers.isEmpty() && lambdas.isEmpty() && ambiguous.isEmpty()) return;
        ClassTransform keep = ClassTransform.dropping(HostWeaver::isReplaced);
        byte[] bytes = Batch.CLASS_FILE.transformClass(plain, keep.andThen(ClassTransform.endHandler(to -> {
            weavers.forEach(each -> each.weave(to));
            lambdas.addTwins(to);
            ambiguous.addTwins(to);
            mark(to);
        })));
        batch.made.put(host.thisClass().asInternalName(), bytes);
        lambdas.makeClasses(Sources.simple(host));
    }

    private void add(ClassModel plain, MethodModel method, HostLambdas lambdas) {
        boolean body = lambdas.isBody(method);
        boolean marked = batch.marks.of(host, method) == Marks.Mark.COROUTINE && !Batch.hasTwin(host, method);
        if (!body && !marked && !lambdas.isConverter(method)) return;
        weavers.add(new MethodWeaver(batch, plain, method, body));
        boolean virtual = !method.flags().has(AccessFlag.STATIC) && !method.flags().has(AccessFlag.PRIVATE);
        isEntry |= marked && virtual && !host.flags().has(AccessFlag.INTERFACE) && implementsOne(method);
    }

    /** Whether the method is that of an interface, by which others may come to call it. */
    private boolean implementsOne(MethodModel method) {
        String name = method.methodName().stringValue();
        String type = method.methodType().stringValue();
        for (ClassModel each : batch.classes.upwards(host.thisClass().asInternalName())) {
            if (each.flags().has(AccessFlag.INTERFACE) && Marks.declared(each, name,
                    type) != null) return true;
        }
        return false;
    }

    private static boolean isReplaced(ClassElement element) {
        return element instanceof Interfaces || element instanceof SignatureAttribute
                || element instanceof RuntimeInvisibleAnnotationsAttribute;
    }

    private void mark(ClassBuilder to) {
        var annotations = new ArrayList<Annotation>();
        host.findAttribute(Attributes.runtimeInvisibleAnnotations())
                .ifPresent(each -> annotations.addAll(each.annotations()));
        annotations.add(Annotation.of(MARK));
        to.with(RuntimeInvisibleAnnotationsAttribute.of(annotations));
        var interfaces = new ArrayList<ClassDesc>();
        host.interfaces().forEach(each -> interfaces.add(each.asSymbol()));
        boolean added = isEntry && !interfaces.contains(WOVEN);
        if (added) interfaces.add(WOVEN);
        to.withInterfaceSymbols(interfaces);
        host.findAttribute(Attributes.signature()).ifPresent(each -> {
            // Interfaces stand last in it.
            String signature = each.signature().stringValue() + (added ? WOVEN.descriptorString() : "");
            to.with(SignatureAttribute.of(to.constantPool().utf8Entry(signature)));
        });
    }
}
