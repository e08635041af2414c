// What makes officers' pages quicker; everything works without it.
import "htmx.org/dist/htmx.esm.js";
import "./keys.mjs";
import "./refresh.mjs";
import "./printing.mjs";
