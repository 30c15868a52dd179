package dev.pirn.weaver;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.StackMapFrameInfo;
import java.lang.classfile.attribute.StackMapFrameInfo.ObjectVerificationTypeInfo;
import java.lang.classfile.attribute.StackMapTableAttribute;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Puts the classes of a host's lambdas into the host itself, as constants that it defines when it first makes
 * such a lambda.
 *
 * <p>While a class is being loaded nothing else may be: the interface of its lambda would be loaded without
 * being woven, for the JVM does not ask an agent about classes that it loads itself, and another thread would
 * wait for the locks of this one. And a lambda's class, unlike a frame's, is not needed before it is made.
 */
final class LazyLambdas {
    private static final String DEFINE = "define$co";
    private static final ClassDesc LOOKUP = ConstantDescs.CD_MethodHandles_Lookup;
    private static final ClassDesc CHARSET = ClassDesc.of("java.nio.charset.Charset");
    private static final ClassDesc CHARSETS = ClassDesc.of("java.nio.charset.StandardCharsets");
    private static final ClassDesc CALL_SITE = ClassDesc.of("java.lang.invoke.ConstantCallSite");
    private static final ClassDesc LINKAGE_ERROR = ClassDesc.of("java.lang.LinkageError");
    private static final List<ClassDesc> GIVEN = List.of(LOOKUP, ConstantDescs.CD_String,
            ConstantDescs.CD_MethodType, ConstantDescs.CD_String, ConstantDescs.CD_String);
    private static final MethodTypeDesc DEFINE_TYPE = MethodTypeDesc.of(ConstantDescs.CD_CallSite, GIVEN);

    private final Map<String, byte[]> lambdas; // By internal name.
    private final ClassDesc host;
    private final boolean inInterface;

    private LazyLambdas(ClassModel host, Map<String, byte[]> lambdas) {
        this.lambdas = lambdas;
        this.host = host.thisClass().asSymbol();
        inInterface = host.flags().has(java.lang.reflect.AccessFlag.INTERFACE);
    }

    /** The woven host, which no longer needs the classes of its {@code lambdas} to be found. */
    static byte[] into(byte[] host, Map<String, byte[]> lambdas) {
        if (lambdas.isEmpty()) return host;
        ClassModel model = ClassFile.of().parse(host);
        return new LazyLambdas(model, lambdas).in(model);
    }

    private byte[] in(ClassModel model) {
        ClassTransform calls = (to, element) -> {
            if (element instanceof MethodModel method && makesOne(method)) {
                CodeTransform both = CodeTransform.ofStateful(() -> this::replace)
                        .andThen(HostLambdas.stackMap(method));
                to.transformMethod(method, MethodTransform.transformingCode(both));
            } else {
                to.with(element);
            }
        };
        int flags = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;
        return Batch.CLASS_FILE.transformClass(model, calls.andThen(ClassTransform.endHandler(to ->
                to.withMethodBody(DEFINE, DEFINE_TYPE, flags, LazyLambdas::define))));
    }

    private boolean makesOne(MethodModel method) {
        return method.findAttribute(Attributes.code()).stream()
                .anyMatch(code -> code.elementStream().anyMatch(each -> made(each) != null));
    }

    /** Which lambda the instruction makes, or null. */
    private String made(CodeElement element) {
        if (!(element instanceof InvokeInstruction call) || call.opcode() != Opcode.INVOKESTATIC) return null;
        String owner = call.owner().asInternalName();
        return lambdas.containsKey(owner) && call.name().equalsString(LambdaClass.MAKE) ? owner : null;
    }

    private void replace(CodeBuilder code, CodeElement element) {
        String lambda = made(element);
        if (lambda == null) {
            code.with(element);
            return;
        }
        var kind = inInterface ? DirectMethodHandleDesc.Kind.INTERFACE_STATIC
                : DirectMethodHandleDesc.Kind.STATIC;
        var define = MethodHandleDesc.ofMethod(kind, host, DEFINE, DEFINE_TYPE);
        // A constant has room for the 65535 bytes of any lambda's class: they are about one thousand.
        String bytes = new String(lambdas.get(lambda), StandardCharsets.ISO_8859_1);
        code.invokedynamic(DynamicCallSiteDesc.of(define, LambdaClass.MAKE,
                ((InvokeInstruction) element).typeSymbol(), bytes, lambda.replace('/', '.')));
    }

    /**
     * The bootstrap method: (lookup, name, type, bytes, class). Two threads may be here at a time, and the
     * host may make the lambda in two places: then the class is there.
     * {@snippet :
     * try {
     *     return site(lookup.defineClass(bytes.getBytes(ISO_8859_1)));
     * } catch (LinkageError e) {
     *     return site(lookup.findClass(class));
     * }
     * }
     */
    private static void define(CodeBuilder code) {
        Label start = code.newBoundLabel();
        code.aload(0).aload(3).getstatic(CHARSETS, "ISO_8859_1", CHARSET)
                .invokevirtual(ConstantDescs.CD_String, "getBytes",
                        MethodTypeDesc.of(ConstantDescs.CD_byte.arrayType(), CHARSET))
                .invokevirtual(LOOKUP, "defineClass", MethodTypeDesc.of(ConstantDescs.CD_Class,
                        ConstantDescs.CD_byte.arrayType()));
        Label end = code.newBoundLabel();
        site(code);
        Label failed = code.newBoundLabel();
        code.exceptionCatch(start, end, failed, LINKAGE_ERROR);
        code.pop().aload(0).aload(4).invokevirtual(LOOKUP, "findClass",
                MethodTypeDesc.of(ConstantDescs.CD_Class, ConstantDescs.CD_String));
        site(code);
        var locals = GIVEN.stream().map(each -> (StackMapFrameInfo.VerificationTypeInfo)
                ObjectVerificationTypeInfo.of(each)).toList();
        code.with(StackMapTableAttribute.of(List.of(StackMapFrameInfo.of(failed, locals,
                List.of(ObjectVerificationTypeInfo.of(LINKAGE_ERROR))))));
    }

    /** Returns a call site of the class's method that the name and the type say. */
    private static void site(CodeBuilder code) {
        int type = 5;
        code.astore(type).new_(CALL_SITE).dup().aload(0).aload(type).aload(1).aload(2)
                .invokevirtual(LOOKUP, "findStatic", MethodTypeDesc.of(ConstantDescs.CD_MethodHandle,
                        ConstantDescs.CD_Class, ConstantDescs.CD_String, ConstantDescs.CD_MethodType))
                .invokespecial(CALL_SITE, ConstantDescs.INIT_NAME, MethodTypeDesc.of(ConstantDescs.CD_void,
                        ConstantDescs.CD_MethodHandle))
                .areturn();
    }
}
