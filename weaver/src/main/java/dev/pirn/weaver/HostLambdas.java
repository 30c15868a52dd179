package dev.pirn.weaver;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The lambdas of one class that are coroutine functions. Each gets a class of its own in place of the one
 * that LambdaMetafactory would make at run time, in the plain methods too: a lambda does not know by whom it
 * will be called.
 */
final class HostLambdas {
    /** One of them. */
    private record Lambda(LambdaSite site, ClassDesc type, String accessor, Twin twin) { }

    /** What becomes of the lambda's twin. */
    private enum Twin {
        /** There is none: its target is no coroutine function. */
        NONE,
        /** Calls that of a body in this class, which is static. */
        OF_BODY,
        /** Calls that of a method, whose result travels as the interface's does. */
        OF_METHOD,
        /** Its result must be converted when it comes: it is woven as any other method. */
        CONVERTS
    }

    private final Batch batch;
    private final ClassModel host;
    private final ClassDesc self;
    private final boolean inInterface;
    private final List<Lambda> lambdas = new ArrayList<>();
    private final Set<MethodModel> with = new HashSet<>(); // The methods that make them.

    HostLambdas(Batch batch, ClassModel host) {
        this.batch = batch;
        this.host = host;
        self = host.thisClass().asSymbol();
        inInterface = host.flags().has(AccessFlag.INTERFACE);
        for (MethodModel method : host.methods()) method.code().ifPresent(code -> {
            int line = 0;
            for (CodeElement each : code) {
                if (each instanceof LineNumber number) line = number.line();
                LambdaSite site = lambda(each);
                if (site != null && isCoroutine(site)) {
                    with.add(method);
                    add(site, line);
                } else if (site != null) {
                    batch.doubts.ofLambda(host, line, site);
                }
            }
        });
    }

    private static LambdaSite lambda(CodeElement element) {
        return element instanceof InvokeDynamicInstruction made ? LambdaSite.of(made).orElse(null) : null;
    }

    private boolean isCoroutine(LambdaSite site) {
        String face = Abi.internalName(site.face());
        return site.callable().stream()
                .anyMatch(each -> batch.isTwinned(face, site.name(), each.descriptorString()));
    }

    private void add(LambdaSite site, int line) {
        int number = lambdas.size();
        var type = ClassDesc.ofInternalName(Abi.internalName(self) + "$co$L" + number);
        lambdas.add(new Lambda(site, type, "lambda$co$" + number, twin(site)));
        if (lambdas.getLast().twin == Twin.NONE) batch.doubts.ofTarget(host, line, site);
    }

    private Twin twin(LambdaSite site) {
        var target = site.target();
        if (isBody(site)) return Twin.OF_BODY;
        boolean marked = batch.isTwinned(Abi.internalName(target.owner()), target.methodName(),
                target.lookupDescriptor(), site.isExact());
        if (!marked) return Twin.NONE;
        boolean same = Adaption.travelsAs(site.called().returnType(), site.method().returnType());
        return same ? Twin.OF_METHOD : Twin.CONVERTS;
    }

    private boolean isBody(LambdaSite site) {
        var target = site.target();
        if (!target.owner().equals(self) || !target.methodName().startsWith("lambda$")) return false;
        MethodModel body = Marks.declared(host, target.methodName(), target.lookupDescriptor());
        return body != null && body.flags().has(AccessFlag.SYNTHETIC);
    }

    boolean isEmpty() {
        return lambdas.isEmpty();
    }

    /** Whether the method of this class is the body of one of them. */
    boolean isBody(MethodModel method) {
        return lambdas.stream().anyMatch(each -> each.twin == Twin.OF_BODY
                && method.methodName().equalsString(each.site.target().methodName())
                && method.methodType().equalsString(each.site.target().lookupDescriptor()));
    }

    /** Whether the method, one of those that were added, is to be woven. */
    boolean isConverter(MethodModel method) {
        return lambdas.stream().anyMatch(each -> each.twin == Twin.CONVERTS
                && method.methodName().equalsString(each.accessor));
    }

    /** The class with its lambdas replaced, and the methods by which their classes reach the bodies. */
    byte[] replaced() {
        var made = lambdas.iterator();
        CodeTransform replace = (code, element) -> {
            LambdaSite site = lambda(element);
            if (site != null && isCoroutine(site)) {
                Lambda lambda = made.next();
                code.invokestatic(lambda.type, LambdaClass.MAKE, lambda.site.type());
            } else {
                code.with(element);
            }
        };
        ClassTransform transform = (to, element) -> {
            if (element instanceof MethodModel method && with.contains(method)) {
                CodeTransform both = replace.andThen(stackMap(method));
                to.transformMethod(method, MethodTransform.transformingCode(both));
            } else {
                to.with(element);
            }
        };
        return Batch.CLASS_FILE.transformClass(host, transform.andThen(ClassTransform.endHandler(to -> {
            int flags = LambdaAccess.flags(inInterface);
            for (Lambda each : lambdas) LambdaAccess.plain(to, each.site, each.accessor, flags);
        })));
    }

    /** Writes the stack map as it was, by labels: the code got shorter. */
    static CodeTransform stackMap(MethodModel method) {
        return CodeTransform.endHandler(code -> method.code()
                .flatMap(each -> each.findAttribute(Attributes.stackMapTable()))
                .ifPresent(each -> code.with(StackMapTableAttribute.of(each.entries()))));
    }

    /** Adds the twins of those methods that need no frame. */
    void addTwins(ClassBuilder to) {
        int flags = LambdaAccess.flags(inInterface);
        for (Lambda each : lambdas) {
            if (each.twin == Twin.NONE || each.twin == Twin.CONVERTS) continue;
            LambdaAccess.twin(to, each.site, each.accessor, flags, each.twin == Twin.OF_BODY);
        }
    }

    /** Makes their classes. */
    void makeClasses(String sourceFile) {
        for (Lambda each : lambdas) {
            boolean twin = each.twin != Twin.NONE;
            var made = new LambdaClass(each.type, each.site, self, inInterface, each.accessor);
            batch.made.put(Abi.internalName(each.type), made.bytes(twin, twin, sourceFile));
        }
    }
}
