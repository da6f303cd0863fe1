/**
 * What the virtual machine is called and how big it is.
 */
import { join } from "node:path";
import { cacheDir } from "../lab/names.ts";

/** What survives the virtual machine: the guest's disk and kernel, the images it loads. */
export const vmDir: string = join(cacheDir, "vm");

/** The guest's own files, as they lie in the tree. */
export const guestFiles: string = join(import.meta.dirname, "guest");

/** The nodes' network inside the guest: `.1` and up; the machine outside is `.254`. Nothing else is in it. */
export const subnet = "10.78.0";

/** How many nodes the Swarm in the guest has: enough for one that has no proxy. */
export const nodeCount = 2;

/** How many commands the guest can run at a time. */
export const channels = 3;

/** Memory of the guest; on this machine QEMU needs a few hundred more. */
export const guestMegabytes = 3_072;

/** Seconds after which the guest powers itself off, whatever happened to whoever should end it. */
export const longestLifeS = 3_600;
