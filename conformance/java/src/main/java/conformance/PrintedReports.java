package conformance;

import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.util.Arrays;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Every PDF of a folder by veraPDF, under each flavour named: one line a file and a flavour, tabs between. */
public final class PrintedReports {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        File[] files = new File(arguments[0]).listFiles();
        Arrays.sort(files);
        for (String name : Arrays.copyOfRange(arguments, 1, arguments.length)) {
            PDFAFlavour flavour = PDFAFlavour.byFlavourId(name);
            for (File file : files) {
                System.out.println(file.getName() + "\t" + name + "\t" + judged(file, flavour));
            }
        }
    }

    private static String judged(File file, PDFAFlavour flavour) throws Exception {
        try (InputStream in = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(in, flavour)) {
            PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false);
            ValidationResult result = validator.validate(parser);
            TreeSet<String> broken = new TreeSet<>();
            for (TestAssertion one : result.getTestAssertions()) {
                broken.add(one.getRuleId().getClause() + "-" + one.getRuleId().getTestNumber() + " " + one.getMessage());
            }
            return result.isCompliant() + "\t" + result.getTotalAssertions() + "\t" + String.join(" | ", broken);
        }
    }
}
