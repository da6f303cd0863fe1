/** The product's version: the one in `package.json`, kept equal by `npm run check`. */
export const version: string = "0.1.0";
