using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace UserImage.Tests;

/// <summary>Numbers, dates and letters of other cultures change nothing: neither what the library is given nor what it answers.</summary>
internal static class Cultures
{
    internal static void Run(string folder, string photo)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        ImageInfo info = ImageInfo.ProbeFile(photo);
        int count = 0;
        foreach (CultureInfo culture in All().ToList())
        {
            try
            {
                CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = culture;
                Check.Equal(info, ImageInfo.ProbeFile(photo));
                Values.Run(folder + count, photo);
                Http.Run();
                count++;
            }
            finally
            {
                CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = before;
            }
        }
        Console.WriteLine("cultures: {0}, with no difference", count);
    }

    /// <summary>
    /// One whose signs and digits are all others, and those of the system: letters of Turkish, digits and calendar of Arabic and
    /// Persian. Without ICU a runtime has none of these.
    /// </summary>
    private static IEnumerable<CultureInfo> All()
    {
        var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        odd.NumberFormat.NegativeSign = "~";
        odd.NumberFormat.PositiveSign = "#";
        odd.NumberFormat.NumberDecimalSeparator = ",";
        odd.NumberFormat.NumberGroupSeparator = " ";
        odd.DateTimeFormat.DateSeparator = "!";
        odd.DateTimeFormat.TimeSeparator = "?";
        yield return odd;
        foreach (string name in new[] { "tr-TR", "de-DE", "ar-SA", "fa-IR", "th-TH" })
        {
            CultureInfo? known = null;
            try
            {
                known = new CultureInfo(name);
            }
            catch (CultureNotFoundException)
            {
            }
            if (known != null)
            {
                yield return known;
            }
        }
    }
}
