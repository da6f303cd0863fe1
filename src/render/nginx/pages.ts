/**
 * The pages nginx answers with itself. They say nothing about what runs behind.
 */

/** Nobody published this host and path. */
export const unknownAddressPage: string = page("No application is published at this address.");

/** The application is known, but nothing of it runs at the moment. */
export const nothingRunsPage: string = page(
  "The application at this address is not running at the moment. Please try again soon.",
);

function page(sentence: string): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    "<title>503 Service Unavailable</title>",
    "<h1>503 Service Unavailable</h1>",
    `<p>${sentence}</p>`,
    "</html>",
    "",
  ].join("\n");
}
