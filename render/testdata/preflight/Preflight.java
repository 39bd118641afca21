import java.io.File;
import org.apache.pdfbox.preflight.PreflightDocument;
import org.apache.pdfbox.preflight.ValidationResult;
import org.apache.pdfbox.preflight.exception.SyntaxValidationException;
import org.apache.pdfbox.preflight.parser.PreflightParser;

/** Says of each file whether it is PDF/A-1b: its name, and "valid" or what is wrong, one mistake a line. */
class Preflight {
	public static void main(String[] names) throws Exception {
		for (String name : names) {
			ValidationResult result;
			try {
				PreflightParser parser = new PreflightParser(new File(name));
				parser.parse();
				try (PreflightDocument document = parser.getPreflightDocument()) {
					document.validate();
					result = document.getResult();
				}
			} catch (SyntaxValidationException e) {
				result = e.getResult();
			}
			if (result.isValid()) {
				System.out.println(name + ": valid");
			}
			for (ValidationResult.ValidationError error : result.getErrorsList()) {
				System.out.println(name + ": " + error.getErrorCode() + " " + error.getDetails().replace('\n', ' '));
			}
		}
	}
}
