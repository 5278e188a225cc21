// Draws Swagger UI from the server's own OpenAPI document, with the page's CSRF token on its calls.
const place = document.querySelector("[data-swagger]");

if (place && window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.swagger,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    persistAuthorization: false,
    validatorUrl: null,
    requestInterceptor: (request) => {
      const token = document.querySelector('meta[name="csrf-token"]')?.content;
      const here = new URL(request.url, location.href).origin === location.origin;
      if (token && here) request.headers["X-CSRFToken"] = token;
      return request;
    },
  });
}
