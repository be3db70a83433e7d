"use strict";

// Without `validatorUrl: null` it would send the document's address to a validator on the web.
SwaggerUIBundle({
  url: document.getElementById("document").dataset.url,
  dom_id: "#document",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
});
