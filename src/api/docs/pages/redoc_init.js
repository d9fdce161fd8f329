// Fonts of the machine: Redoc's own choice would come from another host.
const text = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
Redoc.init(
  "/openapi.json",
  {
    hideDownloadButton: false,
    expandResponses: "200",
    theme: { typography: { fontFamily: text, headings: { fontFamily: text }, code: { fontFamily: "ui-monospace, Menlo, Consolas, monospace" } } },
  },
  document.getElementById("redoc"),
);
