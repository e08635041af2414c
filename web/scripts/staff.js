// What makes officers' pages quicker; everything works without it.
import "htmx.org/dist/htmx.js";
import "./keys.mjs";
import "./printing.mjs";
