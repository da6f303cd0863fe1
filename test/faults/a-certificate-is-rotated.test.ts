import { certificateRotated } from "./mischiefs/certificate.ts";
import { row } from "./row.ts";

row("a certificate is rotated", [certificateRotated]);
